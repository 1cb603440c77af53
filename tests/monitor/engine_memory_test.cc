// What the engine starts from: what rules look at is read from the ledger, and nothing beside.
#include <fmt/format.h>

#include "config/load.h"
#include "monitor/engine.h"
#include "tests/monitor/ledger_fixtures.h"

using namespace mailcanary;
using namespace mailcanary::test;

namespace {

void retire(LedgerStore& store, WallTime now, const Retention& retention = {}) {
  while (*store.retire(retention, now) == LedgerStore::Work::more) {
  }
}

Config with_rules(const std::string& rules) {
  const Loaded loaded = load_config_text(
      "secret: 0123456789abcdef\naccounts:\n"
      "  shop: {provider: one, address: s@one.example, smtp: smtp+plain://localhost, inbox: 'maildir:/m'}\n"
      "  watch: {provider: two, address: w@two.example, smtp: smtp+plain://localhost, inbox: 'maildir:/m'}\n"
      "routes: [{from: shop, to: watch, every: 1h}]\nrules:\n" + rules,
      "mc.yaml", LoadEffect::read_only);
  REQUIRE(loaded.ok());
  return loaded.config;
}

// One canary an hour; `slow_from` says from which day on they take ten times as long.
void write_days(LedgerStore& store, int days, int slow_from) {
  for (int day = 0; day < days; ++day) {
    Batch batch;
    for (int hour = 0; hour < 24; ++hour) {
      const Canary fresh = canary((day * 24 + hour) * 60);
      batch.sent.push_back(fresh);
      batch.changed.push_back(settled(fresh, Fate::delivered, day < slow_from ? 3s : 30s));
    }
    commit(store, batch);
  }
}

}  // namespace

TEST_CASE("lost canaries sent long before the others are found, rolled up or not, whatever was dropped") {
  on_both_stores([](LedgerStore& store) {
    commit(store, sent({canary(0), canary(5), canary(10), canary(130), canary(170), canary(235), canary(300)}));
    commit(store, changed({settled(canary(0), Fate::lost, 4h), settled(canary(5), Fate::delivered), settled(canary(10), Fate::lost, 4h),
                           settled(canary(130), Fate::lost, 4h), settled(canary(170), Fate::bounced), settled(canary(235), Fate::delivered),
                           settled(canary(300), Fate::delivered)}));
    const auto recent = [&] {
      return ids(*store.recent(day_zero + 230min, day_zero + 8min, LedgerStore::Details::of_failed));
    };
    const auto expected = ids({canary(10), canary(130), canary(235), canary(300)});
    CHECK(recent() == expected);
    retire(store, day_zero + 9h);
    CHECK(recent() == expected);
    // Found again, it is no lost one.
    commit(store, changed({settled(canary(130), Fate::late, 5h)}));
    CHECK(recent() == ids({canary(10), canary(235), canary(300)}));
    Retention no_sums;
    no_sums.rollups_5m = 1h;
    retire(store, day_zero + 9h, no_sums);
    CHECK(recent() == ids({canary(10), canary(235), canary(300)}));
  });
}

TEST_CASE("a rule on drift knows the four weeks before from the first turn after a start") {
  const Config config = with_rules("  - {name: creeping, measure: drift, over: 1d, above: 2}\n");
  auto store = open_memory_ledger();
  REQUIRE(store);
  write_days(**store, 20, 19);
  retire(**store, day_zero + 20 * 24h);
  const Now now{day_zero + 20 * 24h + 1min, MonoTime{}};
  auto memory = read_memory(**store, config, now.wall);
  REQUIRE(memory);
  CHECK_FALSE(memory->hours_later);
  CHECK(memory->hours.size() == 20 * 24 - 4);  // the last ones canary by canary
  Engine engine(config, std::move(*memory), EngineRole::decides, now);
  const Turn turn = engine.turn({}, now);
  REQUIRE(turn.record.incidents.size() == 1);
  CHECK(turn.record.incidents[0].rule == "creeping");
}

TEST_CASE("mail into one provider that takes longer from week to week is blamed on that leg, not on those who send there") {
  const Loaded loaded = load_config_text(R"(
secret: 0123456789abcdef
accounts:
  a: {provider: acme, address: a@acme.example, smtp: smtp+plain://localhost, inbox: 'maildir:/m'}
  b: {provider: bolt, address: b@bolt.example, smtp: smtp+plain://localhost, inbox: 'maildir:/m'}
  c: {provider: corp, address: c@corp.example, smtp: smtp+plain://localhost, inbox: 'maildir:/m'}
routes: [{mesh: [a, b, c]}]
)", "mc.yaml", LoadEffect::read_only);
  REQUIRE(loaded.ok());
  struct Row {
    const char* slow;  // the routes that have become slow
    const char* blame;
  };
  const Row rows[] = {{"a-b c-b", "bolt inbound"}, {"b-a b-c", "bolt outbound"}, {"a-b c-b b-a b-c", "bolt unknown"}, {"", ""},
                      {"a-b", " unknown"}};  // the one path: it may be either, and both serve others well
  for (const auto& row : rows) {
    INFO(row.slow);
    EngineMemory memory;
    for (const auto& route : loaded.config.routes) {
      const bool slow = std::string(row.slow).find(route.name.str()) != std::string::npos;
      for (int hour = 0; hour < 20 * 24; ++hour) {
        Rollup rollup{route.name, day_zero + std::chrono::hours(hour), 1h, {{Fate::delivered, 12}}, {}};
        for (int i = 0; i < 12; ++i) rollup.round_trip.add(slow && hour >= 19 * 24 ? 12s : 3s);
        memory.hours.push_back(std::move(rollup));
      }
    }
    const Now now{day_zero + 20 * 24h + 1min, MonoTime{}};
    Engine engine(loaded.config, std::move(memory), EngineRole::decides, now);
    engine.turn({}, now);
    const Turn turn = engine.turn({}, {now.wall + 10s, now.mono + 10s});
    REQUIRE(turn.record.incidents.size() == (*row.blame ? 1 : 0));
    if (turn.record.incidents.empty()) continue;
    const Incident& incident = turn.record.incidents.front();
    CHECK(incident.rule == "creeping");
    CHECK(fmt::format("{} {}", incident.blame.provider.str(), name_of(incident.blame.leg)) == row.blame);
    CHECK(incident.failing.size() == (std::string(row.slow).size() + 1) / 4);
  }
}

TEST_CASE("the hours of thousands of routes are read later, and then they are known as well") {
  Config config = with_rules("  - {name: creeping, measure: drift, over: 1d, above: 2}\n");
  for (int i = 0; i < 1000; ++i) {
    config.routes.push_back(config.routes.front());
    config.routes.back().name = RouteName("more" + std::to_string(i));
  }
  auto store = open_memory_ledger();
  REQUIRE(store);
  write_days(**store, 20, 19);
  retire(**store, day_zero + 20 * 24h);
  const Now now{day_zero + 20 * 24h + 1min, MonoTime{}};
  auto memory = read_memory(**store, config, now.wall);
  REQUIRE(memory);
  REQUIRE(memory->hours_later);
  CHECK(memory->hours.empty());
  const TimeSpan later = *memory->hours_later;
  Engine engine(config, std::move(*memory), EngineRole::decides, now);
  CHECK(engine.turn({}, now).record.incidents.empty());
  const auto hours = read_hours(**store, later);
  REQUIRE(hours);
  engine.remember_hours(*hours);
  engine.refresh(now.wall);
  CHECK(engine.turn({}, {now.wall + 1s, now.mono + 1s}).record.incidents.size() == 1);
}

TEST_CASE("while older canaries of thousands of routes are still to be read, a rule that looks so far back has no data") {
  Config config = with_rules("  - {name: junk, measure: junk_rate, over: 2h, above: 60%, min_samples: 4}\n");
  config.routes.front().every = 10min;
  for (int i = 0; i < 1000; ++i) {
    config.routes.push_back(config.routes.front());
    config.routes.back().name = RouteName("more" + std::to_string(i));
    config.routes.back().every = 1min;
  }
  // Of the last hour all went to Junk, and the newest of them are there at once; of the hour before, these came:
  const auto [earlier, incidents] = GENERATE(std::pair{Fate::delivered, 0U}, std::pair{Fate::junked, 1U});
  auto store = open_memory_ledger();
  REQUIRE(store);
  Batch batch;
  for (int minute = 5; minute < 120; minute += 10) {
    batch.sent.push_back(canary(minute));
    batch.changed.push_back(settled(batch.sent.back(), minute < 60 ? earlier : Fate::junked));
  }
  commit(**store, batch);
  Now now{day_zero + 2h, MonoTime{}};
  auto memory = read_memory(**store, config, now.wall);
  REQUIRE(memory);
  CHECK(memory->recent.size() == 4);
  Engine engine(config, std::move(*memory), EngineRole::decides, now);
  CHECK(engine.turn({}, now).record.incidents.empty());
  while (const auto missing = engine.missing()) {
    const TimeSpan next{std::max(missing->from, missing->until - 7min), missing->until};
    engine.remember(*read_canaries(**store, config, next), next.from);
  }
  now.wall += 1s;
  now.mono += 1s;
  CHECK(engine.turn({}, now).record.incidents.size() == incidents);
}
