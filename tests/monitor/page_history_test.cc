#include "monitor/page_history.h"

#include "config/defaults.h"
#include "core/units.h"
#include "tests/catch.h"
#include "tests/monitor/ledger_fixtures.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

WallTime at(const char* time) { return parse_time(time).value(); }

}  // namespace

TEST_CASE("an incident colours each day it went on, for the worse only, and adds days that nobody measured") {
  const WallTime now = at("2026-11-24T13:00:00Z");
  std::vector<DayBar> days = {{at("2026-11-20T00:00:00Z"), 3}, {at("2026-11-22T00:00:00Z"), 5}};
  days[1].worst = Impact::critical;
  Incident incident;
  incident.impact = Impact::minor;
  incident.began_at = at("2026-11-20T23:59:00Z");
  incident.resolved_at = at("2026-11-22T00:00:30Z");
  mark_days(days, incident, now);
  std::string told;
  for (const auto& day : days) told += format_time(day.day).substr(8, 2) + " " + name_of(day.worst) + ", ";
  CHECK(told == "20 minor, 21 minor, 22 critical, ");
}

TEST_CASE("an incident that goes on colours the days up to now, and of a long one only those that are shown") {
  const WallTime now = at("2026-11-24T13:00:00Z");
  std::vector<DayBar> days;
  Incident incident;
  incident.impact = Impact::major;
  incident.began_at = at("2026-01-01T00:00:00Z");
  mark_days(days, incident, now);
  CHECK(days.size() == 90);
  CHECK(days.back().day == at("2026-11-24T00:00:00Z"));
}

namespace {

Config two_providers() {
  Config config;
  config.providers = {{ProviderName("one"), "One", ""}, {ProviderName("two"), "Two", ""}};
  Account shop, watch;
  shop.name = AccountName("shop");
  shop.provider = ProviderName("one");
  watch.name = AccountName("watch");
  watch.provider = ProviderName("two");
  config.accounts = {shop, watch};
  Route route;
  route.name = RouteName("shop-watch");
  route.from = shop.name;
  route.to = watch.name;
  config.routes = {route};
  return config;
}

std::string told(const ProviderPast& past) {
  std::string words;
  for (const auto& day : past.days)
    words += format_time(day.day).substr(5, 5) + ": " + std::to_string(day.delivered) + " delivered, " +
             std::to_string(day.failed) + " failed. ";
  for (const auto& point : past.by_hour) words += format_time(point.start).substr(5, 8) + "h ";
  return words;
}

}  // namespace

TEST_CASE(
    "bars and times of a provider are those of the routes that touch it, and reading again takes in what is new") {
  using namespace mailcanary::test;
  auto opened = open_memory_ledger();
  REQUIRE(opened);
  LedgerStore& store = **opened;
  const Config config = two_providers();
  commit(store, sent({canary(0), canary(10), canary(61), canary(0, "elsewhere")}));
  commit(store, changed({settled(canary(0), Fate::delivered), settled(canary(10), Fate::lost),
                         settled(canary(0, "elsewhere"), Fate::delivered)}));
  PageHistory history;
  const WallTime now = day_zero + 2h;
  CHECK(history.sums() == 0);
  auto past = history.read(store, config, now);
  REQUIRE(past);
  CHECK(told(past->providers.at(ProviderName("one"))) == "03-01: 1 delivered, 1 failed. 03-01T00h ");
  CHECK(told(past->providers.at(ProviderName("two"))) == told(past->providers.at(ProviderName("one"))));
  commit(store, changed({settled(canary(61), Fate::delivered)}));
  past = history.read(store, config, now + 1min);
  REQUIRE(past);
  CHECK(told(past->providers.at(ProviderName("one"))) == "03-01: 2 delivered, 1 failed. 03-01T00h 03-01T01h ");
  past = history.read(store, config, now + 24h * 90);
  REQUIRE(past);
  CHECK(told(past->providers.at(ProviderName("one"))).empty());
  CHECK(history.sums() == 0);  // what is not shown any more is not kept either
}

TEST_CASE("maintenance stays in the past of the page for thirty days after its end") {
  using namespace mailcanary::test;
  auto opened = open_memory_ledger();
  REQUIRE(opened);
  LedgerStore& store = **opened;
  Maintenance maintenance;
  maintenance.name = "new disks";
  maintenance.from = day_zero + 1h;
  maintenance.until = day_zero + 3h;
  Batch batch;
  batch.acts.push_back(act_of(maintenance, day_zero));
  commit(store, batch);
  const auto names = [&](WallTime now) {
    auto past = PageHistory().read(store, two_providers(), now);
    REQUIRE(past);
    std::string found;
    for (const auto& m : past->maintenance) found += m.name;
    return found;
  };
  CHECK(names(day_zero + 2h).empty());
  CHECK(names(day_zero + 3h) == "new disks");
  CHECK(names(day_zero + 3h + 24h * 30 - 1s) == "new disks");
  CHECK(names(day_zero + 3h + 24h * 30).empty());
}

TEST_CASE("maintenance that was called off before it began stays in the past of the page, so that readers hear of it") {
  using namespace mailcanary::test;
  auto opened = open_memory_ledger();
  REQUIRE(opened);
  LedgerStore& store = **opened;
  Maintenance maintenance;
  maintenance.name = "new disks";
  maintenance.from = day_zero + 24h;
  maintenance.until = day_zero + 26h;
  Batch batch;
  batch.acts.push_back(act_of(maintenance, day_zero));
  commit(store, batch);
  Maintenance announced = maintenance;
  announced.id = batch.acts.back().id.str();
  Batch off;
  off.acts.push_back(end_of(announced, "carol", day_zero + 1h));
  commit(store, off);
  const auto past = PageHistory().read(store, two_providers(), day_zero + 2h);
  REQUIRE(past);
  REQUIRE(past->maintenance.size() == 1);
  CHECK(past->maintenance[0].from == day_zero + 24h);
  CHECK(past->maintenance[0].until == day_zero + 1h);
}
