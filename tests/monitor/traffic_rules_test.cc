// Rules on real traffic: what they find, the words, and the way to incidents and notices.
#include <fmt/format.h>

#include "core/units.h"
#include "monitor/engine.h"
#include "monitor/traffic/traffic_rules.h"
#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

const WallTime noon = *parse_time("2026-11-24T12:00:00Z");
const AccountName returns("returns");

Rule rule(const std::string& measure, double above, Duration over = 1h) {
  Rule made;
  made.name = "bounces";
  made.measure = measure;
  made.above = above;
  made.over = over;
  made.min_samples = 100;
  made.impact = Impact::major;
  return made;
}

// An engine that watches one mailbox of bounces, and the ledger it writes to.
struct TrafficWorld {
  explicit TrafficWorld(std::vector<Rule> rules) {
    config.vantage = "here";
    Provider provider;
    provider.name = ProviderName("shop");
    provider.title = "Shop Mail";
    config.providers = {provider};
    Account account;
    account.name = returns;
    account.provider = provider.name;
    account.bounces = true;
    account.sent.emplace();
    config.accounts = {account};
    config.rules = std::move(rules);
    Channel channel;
    channel.name = ChannelName("team");
    config.channels = {channel};
    NotifyRoute all;
    all.to = {channel.name};
    config.notify = {all};
    store = open_memory_ledger().value();
    restart();
  }
  void restart() { engine = std::make_unique<Engine>(config, read_memory(*store, config, now.wall).value(), EngineRole::decides, now); }
  void pass(Duration time) {
    now.wall += time;
    now.mono += time;
    turn();
  }
  void bounce(int recipients, const std::string& domain, const std::string& reason, bool hard = false) {
    InboxReport report;
    report.looked_at = now.wall;
    for (int i = 0; i < recipients; ++i) report.traffic.push_back({++mark, now.wall, {{domain, reason, hard, 1}}});
    engine->observed(returns, report, {}, now);
    turn();
  }
  void send(std::int64_t mails, const std::string& domain = "") {
    SentReading reading{returns, place, place + "x", {{now.wall, domain, mails}}};
    place = reading.after;
    engine->mails_sent(std::move(reading), "");
    turn();
  }
  void turn() {
    Turn turn = engine->turn({}, now);
    REQUIRE(store->commit({&turn.record}));
    for (const auto& notice : turn.record.notices) notices.push_back(notice);
  }
  // "opened major: 12.3% of …" of every incident, newest state.
  std::vector<std::string> incidents() const {
    std::vector<std::string> lines;
    const auto list = store->incidents_since(noon - 24h).value();
    for (const auto& incident : list)
      lines.push_back(fmt::format("{} {}: {}", incident.open() ? "open" : "over", name_of(incident.impact), incident.reason));
    return lines;
  }
  std::string kinds() const {
    std::string text;
    for (const auto& notice : notices) text += (text.empty() ? "" : " ") + std::string(name_of(notice.kind));
    return text;
  }

  Config config;
  std::unique_ptr<LedgerStore> store;
  std::unique_ptr<Engine> engine;
  Now now{noon, MonoTime{}};
  std::vector<Notice> notices;
  std::uint64_t mark = 0;
  std::string place;
};

using Lines = std::vector<std::string>;

TrafficSum sum_of(std::int64_t mails, std::int64_t bounced, std::int64_t hard) { return {mails, bounced, hard, {{"mailboxfull", bounced}}}; }

}  // namespace

TEST_CASE("a rule on real traffic says what it measured, in words") {
  TrafficSum sum{4210, 518, 90, {{"mailboxfull", 414}, {"userunknown", 90}, {"blocked", 14}}};
  Rule rate = rule("traffic.bounce_rate", 0.05);
  rate.domain = "example.com";
  CHECK(traffic_words(rate, sum) == "12.3% of 4,210 mails to example.com bounced in the last hour (mailboxfull 80%, userunknown 17%)");
  CHECK(traffic_words(rule("traffic.hard_bounce_rate", 0.05, 15min), sum) ==
        "2.14% of 4,210 mails bounced for good in the last 15 min (mailboxfull 80%, userunknown 17%)");
  Rule count = rule("traffic.bounces", 20, 24h);
  count.reason = "mailboxfull";
  CHECK(traffic_words(count, sum) == "518 mails bounced as mailboxfull in the last day");
}

TEST_CASE("every measure of real traffic can be computed, and a rate of too few mails is no verdict") {
  const struct {
    const char* measure;
    double above;
    TrafficSum sum;
    const char* unknown;
    Finding::Answer answer;
  } table[] = {
      {"traffic.bounce_rate", 0.05, sum_of(1000, 51, 0), "", Finding::Answer::met},
      {"traffic.bounce_rate", 0.05, sum_of(1000, 50, 0), "", Finding::Answer::clear},
      {"traffic.bounce_rate", 0.05, sum_of(99, 99, 0), "", Finding::Answer::no_data},
      {"traffic.bounce_rate", 0.05, sum_of(0, 7, 0), "", Finding::Answer::no_data},
      {"traffic.bounce_rate", 0.05, sum_of(1000, 51, 0), "the log is gone", Finding::Answer::no_data},
      {"traffic.bounce_rate", 0.99, sum_of(100, 300, 0), "", Finding::Answer::met},
      {"traffic.hard_bounce_rate", 0.05, sum_of(1000, 500, 51), "", Finding::Answer::met},
      {"traffic.hard_bounce_rate", 0.05, sum_of(1000, 500, 50), "", Finding::Answer::clear},
      {"traffic.bounces", 20, sum_of(0, 21, 0), "", Finding::Answer::met},
      {"traffic.hard_bounces", 20, sum_of(0, 21, 20), "", Finding::Answer::clear},
  };
  std::set<std::string> tried;
  for (const auto& row : table) {
    CAPTURE(row.measure, row.sum.mails, row.sum.bounced, row.sum.hard);
    tried.insert(row.measure);
    CHECK(examine_traffic(rule(row.measure, row.above), row.sum, row.unknown).answer == row.answer);
  }
  for (const auto& info : measure_table()) {
    Rule any;
    any.measure = info.name;
    CHECK(measures_traffic(any) == tried.contains(info.name));
  }
}

TEST_CASE("sums go by domain, reason and window") {
  TrafficCounts counts;
  counts.bounced(noon, "a.example", "mailboxfull", false, 2);
  counts.bounced(noon, "b.example", "userunknown", true, 3);
  counts.bounced(noon - 2h, "a.example", "mailboxfull", false, 50);
  counts.sent(noon, "a.example", 10);
  counts.sent(noon, "", 5);
  const auto words = [&](const TrafficChoice& choice) {
    const TrafficSum sum = counts.sum(noon - 1h, noon, choice);
    return fmt::format("{} sent, {} bounced, {} hard", sum.mails, sum.bounced, sum.hard);
  };
  CHECK(words({}) == "15 sent, 5 bounced, 3 hard");
  CHECK(words({"a.example", ""}) == "10 sent, 2 bounced, 0 hard");
  CHECK(words({"", "userunknown"}) == "15 sent, 3 bounced, 3 hard");
  CHECK(counts.sum(noon - 3h, noon, {"a.example", ""}).bounced == 52);
  counts.forget(noon);
  CHECK(counts.sum(noon - 3h, noon, {}).bounced == 5);
}

TEST_CASE("more domains than a slot holds are counted together") {
  TrafficCounts counts;
  for (int i = 0; i < 1000; ++i) counts.bounced(noon, fmt::format("d{}.example", i), "blocked", false, 1);
  CHECK(counts.sum(noon - 1h, noon, {}).bounced == 1000);
  CHECK(counts.sum(noon - 1h, noon, {other_domains, ""}).bounced == 800);
}

TEST_CASE("real mail that bounces opens one incident, which grows graver and ends when the rule clears") {
  Rule grave = rule("traffic.bounces", 100);
  grave.name = "many";
  grave.impact = Impact::critical;
  TrafficWorld world({rule("traffic.bounce_rate", 0.05), grave});
  world.send(1000);
  world.bounce(50, "a.example", "mailboxfull");
  CHECK(world.incidents().empty());
  world.bounce(10, "a.example", "mailboxfull");
  CHECK(world.incidents() == Lines{"open major: 6% of 1,000 mails bounced in the last hour (mailboxfull 100%) (limit 5%)"});
  world.bounce(60, "b.example", "userunknown", true);
  CHECK(world.incidents() == Lines{"open critical: 120 mails bounced in the last hour (mailboxfull 50%, userunknown 50%) (limit 100)"});
  world.pass(62min);
  CHECK(world.incidents()[0].starts_with("open"));  // no mails, no verdict
  world.send(1000);
  CHECK(world.incidents() == Lines{"over critical: 120 mails bounced in the last hour (mailboxfull 50%, userunknown 50%) (limit 100)"});
  CHECK(world.kinds() == "opened updated resolved");
}

TEST_CASE("the notice tells the numbers, the mailbox, what it means and where to look, and the page names nobody") {
  TrafficWorld world({rule("traffic.bounce_rate", 0.05)});
  world.send(1000);
  world.bounce(60, "a.example", "mailboxfull");
  REQUIRE(world.notices.size() == 1);
  CHECK(world.notices[0].title == "[major] Mail from Shop Mail bounces");
  CHECK(world.notices[0].text ==
        "Mail from Shop Mail bounces, since 12:00 UTC.\n"
        "For senders: this mail came back; those it was for do not have it.\n"
        "Affected: real mail, whose bounces come to account returns.\n"
        "Why: 6% of 1,000 mails bounced in the last hour (mailboxfull 100%) (limit 5%), rule bounces.\n"
        "Now: impact major, cause not yet known.\n"
        "Next: bounces are counted on; you hear again when the impact changes and when it is over. Look closer: mailcanary bounces returns");
  const auto view = world.engine->view(world.now.wall);
  REQUIRE(view.incidents.size() == 1);
  CHECK(view.incidents[0].updates[0].public_text == "Since 12:00 UTC, more mail than usual is returned to its senders. We are looking into it.");
  CHECK(view.components[0].status == std::string("partial_outage"));
}

TEST_CASE("while mails sent or the mailbox cannot be read, nothing opens and nothing ends by a rate") {
  TrafficWorld world({rule("traffic.bounce_rate", 0.05)});
  world.send(1000);
  world.engine->mails_sent({returns, world.place, world.place, {}}, "read /var/log/mail.log: gone");
  world.bounce(500, "a.example", "blocked");
  CHECK(world.incidents().empty());
  world.engine->mails_sent({returns, world.place, world.place, {}}, "");
  world.pass(10s);
  REQUIRE(world.incidents().size() == 1);

  InboxReport blind;
  blind.fault = "log in to imap.shop.example: timed out";
  world.engine->observed(returns, blind, {}, world.now);
  world.pass(3h);
  CHECK(world.incidents()[0].starts_with("open"));
  world.bounce(0, "", "");
  world.send(1000);
  world.pass(10s);
  CHECK(world.incidents()[0].starts_with("over"));
}

TEST_CASE("a restart goes on counting where it was, opens nothing twice and keeps what somebody has ended") {
  TrafficWorld world({rule("traffic.bounce_rate", 0.05)});
  world.send(1000);
  world.bounce(40, "a.example", "blocked");
  world.restart();
  world.bounce(20, "a.example", "blocked");
  REQUIRE(world.incidents().size() == 1);
  CHECK(world.incidents()[0].starts_with("open major: 6% of 1,000"));
  world.restart();
  world.pass(10s);
  CHECK(world.kinds() == "opened");

  const Incident incident = world.store->incidents_since(noon - 24h)->at(0);
  Batch batch;
  batch.acts = {posting(ActKind::resolve, incident.id, {"known", "", {}}, "alice", world.now.wall)};
  REQUIRE(world.store->commit({&batch}));
  world.engine->ordered(read_orders(*world.store, world.now.wall).value());
  world.pass(10s);
  CHECK(world.incidents().size() == 1);
  world.restart();
  world.pass(10s);
  REQUIRE(world.incidents().size() == 1);
  CHECK(world.incidents()[0].starts_with("over"));
  world.pass(2h);  // quiet at last: the next trouble is a new incident
  world.send(1000);
  world.bounce(60, "a.example", "blocked");
  CHECK(world.incidents().size() == 2);
}

TEST_CASE("a bounce that is told of twice is counted once, by the engine and by the ledger") {
  TrafficWorld world({rule("traffic.bounces", 1)});
  world.bounce(1, "a.example", "blocked");
  world.mark = 0;
  world.bounce(1, "a.example", "blocked");
  CHECK(world.incidents().empty());
  CHECK(world.store->audit(noon)->traffic[0].messages == 1);
  const auto metrics = render_metrics(world.engine->metrics(noon));
  CHECK(metrics.find("mailcanary_traffic_bounces_total{account=\"returns\",domain=\"a.example\",reason=\"blocked\",hard=\"false\"} 1\n") != std::string::npos);
}

TEST_CASE("metrics name fifty domains of an account and no more") {
  TrafficWorld world({rule("traffic.bounces", 1e6)});
  for (int i = 0; i < 80; ++i) world.bounce(1, fmt::format("d{}.example", i), "blocked");
  const auto metrics = world.engine->metrics(noon);
  REQUIRE(metrics.traffic.size() == 1);
  CHECK(metrics.traffic[0].bounces.size() == 51);
  CHECK(metrics.traffic[0].bounces.at({other_domains, "blocked", false}) == 30);
}
