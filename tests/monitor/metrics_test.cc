#include "monitor/metrics.h"

#include <set>
#include <sstream>

#include "core/units.h"
#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

MetricsView sample() {
  RouteMetrics route;
  route.name = RouteName("shop-watch");
  route.from = AccountName("shop");
  route.to = AccountName("watch");
  route.from_provider = "x";
  route.to_provider = "y";
  route.state = RouteState::degraded;
  route.by_fate = {{Fate::delivered, 41}, {Fate::lost, 2}, {Fate::pending, 1}};
  route.last_round_trip = 2500ms;
  route.last_delivered_at = *parse_time("2026-11-24T13:00:00Z");
  for (const Duration round_trip : {Duration(500ms), Duration(2500ms), Duration(2h)}) route.round_trips.add(round_trip);

  MetricsView view;
  view.routes = {route};
  view.readers = {{AccountName("watch"), ReaderMetrics::State::up, 7s},
                  {AccountName("shop"), ReaderMetrics::State::down, std::nullopt}};
  view.incidents_open = {{Impact::major, 1}};
  view.channels = {{ChannelName("team"), 2, 1500ms, {{NoticeState::delivered, 7}, {NoticeState::failed, 1}}}};
  view.rules = {{"slow", "shop-watch", 1}, {"failing", "account:shop", 2}};
  StageMetrics submit;
  submit.provider = ProviderName("x");
  submit.stage = Stage::submit;
  submit.times.add(700ms);
  view.stages = {submit};
  view.process.open_files = 9;
  view.ledger = MetricsView::Ledger::down;
  view.last_turn = *parse_time("2026-11-24T13:00:00.250Z");
  view.version = "0.1.0";
  view.vantage = "fra1";
  return view;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("the metrics say what the numbers say") {
  const auto lines = lines_of(render_metrics(sample()));
  const std::set<std::string> said(lines.begin(), lines.end());
  for (const std::string line : {
           R"(mailcanary_canaries_total{route="shop-watch",fate="delivered"} 41)",
           R"(mailcanary_canaries_total{route="shop-watch",fate="lost"} 2)",
           R"(mailcanary_canaries_total{route="shop-watch",fate="bounced"} 0)",
           R"(mailcanary_canaries_pending{route="shop-watch"} 1)",
           R"(mailcanary_round_trip_seconds_count{route="shop-watch"} 3)",
           R"(mailcanary_round_trip_seconds_sum{route="shop-watch"} 7203)",
           R"(mailcanary_round_trip_seconds_bucket{route="shop-watch",le="0.5"} 1)",
           R"(mailcanary_round_trip_seconds_bucket{route="shop-watch",le="2"} 1)",
           R"(mailcanary_round_trip_seconds_bucket{route="shop-watch",le="5"} 2)",
           R"(mailcanary_round_trip_seconds_bucket{route="shop-watch",le="3600"} 2)",
           R"(mailcanary_round_trip_seconds_bucket{route="shop-watch",le="+Inf"} 3)",
           R"(mailcanary_last_round_trip_seconds{route="shop-watch"} 2.5)",
           R"(mailcanary_last_delivered_timestamp_seconds{route="shop-watch"} 1795525200)",
           R"(mailcanary_route_state{route="shop-watch",state="ok"} 0)",
           R"(mailcanary_route_state{route="shop-watch",state="degraded"} 1)",
           R"(mailcanary_route_info{route="shop-watch",from="shop",to="watch",from_provider="x",to_provider="y"} 1)",
           R"(mailcanary_reader_up{account="watch"} 1)",
           R"(mailcanary_reader_up{account="shop"} 0)",
           R"(mailcanary_reader_lag_seconds{account="watch"} 7)",
           R"(mailcanary_incidents_open{impact="minor"} 0)",
           R"(mailcanary_incidents_open{impact="major"} 1)",
           R"(mailcanary_outbox_queued{channel="team"} 2)",
           R"(mailcanary_outbox_oldest_seconds{channel="team"} 1.5)",
           R"(mailcanary_notices_total{channel="team",state="delivered"} 7)",
           R"(mailcanary_notices_total{channel="team",state="failed"} 1)",
           R"(mailcanary_notices_total{channel="team",state="collapsed"} 0)",
           R"(mailcanary_rule_state{rule="slow",subject="shop-watch"} 1)",
           R"(mailcanary_rule_state{rule="failing",subject="account:shop"} 2)",
           R"(mailcanary_stage_seconds_bucket{provider="x",stage="submit",le="0.5"} 0)",
           R"(mailcanary_stage_seconds_bucket{provider="x",stage="submit",le="1"} 1)",
           R"(mailcanary_stage_seconds_sum{provider="x",stage="submit"} 0.7)",
           R"(process_open_fds 9)",
           R"(mailcanary_ledger_up 0)",
           R"(mailcanary_last_turn_timestamp_seconds 1795525200.25)",
           R"(mailcanary_build_info{version="0.1.0",vantage="fra1"} 1)",
       }) {
    CAPTURE(line);
    CHECK(said.count(line) == 1);
  }
}

TEST_CASE("every family has its type and help once, and no series is said twice") {
  MetricsView view = sample();
  view.routes.push_back(view.routes.front());
  view.routes.back().name = RouteName("watch-shop");
  std::set<std::string> helped, typed, series;
  for (const std::string& line : lines_of(render_metrics(view))) {
    CAPTURE(line);
    std::istringstream words(line);
    std::string first, second, name;
    words >> first >> second >> name;
    if (first == "#") {
      CHECK((second == "HELP" ? helped : typed).insert(name).second);
      continue;
    }
    CHECK(series.insert(line.substr(0, line.rfind(' '))).second);
    std::string family = first.substr(0, first.find('{'));
    for (const std::string end : {"_bucket", "_count", "_sum"})
      if (typed.count(family) == 0 && family.ends_with(end)) family.resize(family.size() - end.size());
    CHECK(typed.count(family) == 1);
    CHECK(helped.count(family) == 1);
  }
  CHECK(helped == typed);
}

TEST_CASE("a house without routes still says that it lives") {
  const std::string text = render_metrics(MetricsView{});
  CHECK(text.find("mailcanary_ledger_up 1\n") != std::string::npos);
  CHECK(text.find("route") == std::string::npos);
  CHECK(text.find("mailcanary_last_turn") == std::string::npos);
}

TEST_CASE("names cannot break out of their label") {
  MetricsView view;
  view.vantage = "a\"b\\c\nd";
  CHECK(render_metrics(view).find(R"(vantage="a\"b\\c\nd")") != std::string::npos);
}

TEST_CASE("a round trip counts in the first bucket that holds it") {
  RoundTripBuckets buckets;
  buckets.add(500ms);
  buckets.add(501ms);
  buckets.add(1h);
  buckets.add(1h + 1us);
  CHECK(buckets.counts.front() == 1);
  CHECK(buckets.counts[1] == 1);
  CHECK(buckets.counts[11] == 1);
  CHECK(buckets.counts[12] == 1);
}

TEST_CASE("the system says of this process what it uses") {
  const ProcessMetrics process = read_process_metrics();
  REQUIRE(process.resident_bytes);
  CHECK(*process.resident_bytes > 1'000'000);
  REQUIRE(process.open_files);
  CHECK(*process.open_files >= 3);
  CHECK(process.cpu_seconds);
}
