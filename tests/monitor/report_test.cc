// The monthly report, from ledgers written as histories: one word a canary, one canary an hour.
//
//   ok   delivered after 3.2 s      late  after 3 min      lost  never      junk  into the junk folder
//   own  never left, our fault      -     nothing is sent  word*n           n times
#include "monitor/report/report.h"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>

#include "config/load.h"
#include "core/files.h"
#include "monitor/report/charges.h"
#include "monitor/report/report_words.h"
#include "tests/monitor/ledger_fixtures.h"
#include "tests/places.h"

using namespace mailcanary;
using namespace mailcanary::test;

namespace {

constexpr Duration day = 24h;
const WallTime april = day_zero + 31 * day;

Config config_with(const std::string& more = "") {
  const Loaded loaded = load_config_text(
      "secret: 0123456789abcdef\nvantage: fra1\n"
      "providers:\n  north: {name: North Mail}\n  south: {name: South Mail}\n"
      "accounts:\n"
      "  a: {provider: north, address: a@north.example, smtp: smtp+plain://localhost, inbox: 'maildir:/m'}\n"
      "  b: {provider: south, address: b@south.example, smtp: smtp+plain://localhost, inbox: 'maildir:/m'}\n"
      "routes: [{mesh: [a, b], every: 1h}]\nstatus: {title: Example Mail}\n" + more,
      "mc.yaml", LoadEffect::read_only);
  for (const auto& diagnostic : loaded.diagnostics) INFO(diagnostic.message);
  REQUIRE(loaded.ok());
  return loaded.config;
}

struct Book {
  explicit Book(std::unique_ptr<LedgerStore> the_store) : store(std::move(the_store)) {}
  std::unique_ptr<LedgerStore> store;

  // From `minute` of March on.
  void write(const std::string& route, int minute, const std::string& history) {
    Batch batch;
    std::istringstream words(history);
    for (std::string word; words >> word;) {
      int times = 1;
      if (const auto star = word.find('*'); star != std::string::npos) {
        times = std::stoi(word.substr(star + 1));
        word.resize(star);
      }
      for (; times > 0; --times, minute += 60) add(batch, route, minute, word);
    }
    commit(*store, batch);
  }
  void add(Batch& batch, const std::string& route, int minute, const std::string& word) {
    if (word == "-") return;
    Canary plain = canary(minute, route);
    batch.sent.push_back(plain);
    if (word == "ok") batch.changed.push_back(settled(plain, Fate::delivered));
    if (word == "late") batch.changed.push_back(settled(plain, Fate::late, 3min));
    if (word == "lost") batch.changed.push_back(settled(plain, Fate::lost, 4h));
    if (word == "junk") batch.changed.push_back(settled(plain, Fate::junked));
    if (word == "own") batch.changed.push_back(settled(plain, Fate::unknown));
  }
  void incident(int minute, Duration lasted, const std::string& blamed, const std::string& route, Impact impact = Impact::major) {
    Incident incident = test::incident(minute);
    incident.began_at = incident.opened_at = day_zero + std::chrono::minutes(minute);
    incident.updated_at = incident.began_at + lasted;
    incident.resolved_at = incident.updated_at;
    incident.status = IncidentStatus::resolved;
    incident.impact = impact;
    incident.maintenance.clear();
    incident.blame = Blame();
    incident.blame.self = blamed == "self";
    if (!incident.blame.self) incident.blame.provider = ProviderName(blamed);
    if (!incident.blame.self && !blamed.empty()) incident.blame.leg = Leg::inbound;
    incident.routes = {RouteName(route)};
    incident.components = {ProviderName("north"), ProviderName("south")};
    Batch batch;
    batch.incidents.push_back(incident);
    commit(*store, batch);
  }
};

Book new_book() {
  auto store = open_memory_ledger();
  REQUIRE(store);
  return Book(std::move(*store));
}

MonthReport report_of(Book& book, const Config& config, WallTime now = april, const std::string& month = "2026-03") {
  auto report = make_report(config, *book.store, month_of(month, config.slo.zone).value(), now);
  INFO((report ? "" : report.error().message));
  REQUIRE(report);
  return std::move(*report);
}

std::string refusal(Book& book, const Config& config, const std::string& month, WallTime now = april) {
  const auto report = make_report(config, *book.store, month_of(month, "UTC").value(), now);
  REQUIRE_FALSE(report);
  return report.error().message;
}

// To renew after a wanted change: MAILCANARY_RENEW_GOLDEN=1 monitor_tests, then read the difference in git.
void check_golden(const std::string& name, const std::string& actual) {
  const auto path = testbed::source_folder() / "tests/monitor/golden" / name;
  if (std::getenv("MAILCANARY_RENEW_GOLDEN") != nullptr) {
    std::filesystem::create_directories(path.parent_path());
    REQUIRE(write_file_atomically(path, actual, FileMode::world_readable));
  }
  const auto expected = read_file(path);
  INFO(path.string());
  REQUIRE(expected);
  CHECK(*expected == actual);
}

std::string minutes_of(const Tally& tally) {
  const auto m = [](Duration time) { return static_cast<double>(time.count()) / 60e6; };
  return fmt::format("measured {:g} bad {:g} maintenance {:g} unknown {:g}", m(tally.measured), m(tally.bad), m(tally.excluded),
                     m(tally.unknown));
}

const Tally& route(const MonthReport& report, const std::string& name) {
  for (const auto& route : report.routes)
    if (route.name.str() == name) return route.tally;
  FAIL("no route " + name);
  return report.all;
}
const ReportedProvider& provider(const MonthReport& report, const std::string& name) {
  for (const auto& provider : report.providers)
    if (provider.name.str() == name) return provider;
  FAIL("no provider " + name);
  return report.providers.front();
}

constexpr int whole_month = 31 * 24;  // canaries

std::string series(const std::string& history, Duration every = 5min) {
  const WallTime end = day_zero + 1h;
  Series series({{day_zero, end}, 5min, every, {}, nullptr});
  std::istringstream words(history);
  WallTime at = day_zero;
  for (std::string word; words >> word; at += 5min)
    if (word != "-") series.add(at, word == "bad" ? 1 : word == "half" ? 0.5 : 0);
  series.end();
  const auto m = [](Duration time) { return static_cast<double>(time.count()) / 60e6; };
  return fmt::format("measured {:g} bad {:g} unknown {:g}", m(series.measured()), m(series.bad()), m(series.unknown()));
}

}  // namespace

TEST_CASE("a month is that of its place, with days as long as its clocks say") {
  const Month berlin = month_of("2026-10", "Europe/Berlin").value();
  CHECK(format_time(berlin.span.from) == "2026-09-30T22:00:00.000Z");
  CHECK(format_time(berlin.span.until) == "2026-10-31T23:00:00.000Z");
  REQUIRE(berlin.days.size() == 31);
  CHECK(berlin.days[24].until - berlin.days[24].from == 25h);
  CHECK(month_words(berlin) == "October 2026");
  CHECK(local_words(berlin, parse_time("2026-10-14T00:10:00Z").value()) == "14 Oct, 02:10");
  CHECK(month_of("2026-02", "UTC").value().days.size() == 28);
  CHECK(month_of("2027-12", "UTC").value().span.until == parse_time("2028-01-01T00:00:00Z").value());
  CHECK(month_at(parse_time("2026-09-30T22:30:00Z").value(), "Europe/Berlin").value() == "2026-10");
  CHECK(month_at(parse_time("2026-09-30T22:30:00Z").value(), "UTC").value() == "2026-09");
  CHECK(month_at(parse_time("2026-10-01T02:30:00Z").value(), "America/New_York").value() == "2026-09");
}

TEST_CASE("what is no month says how one is written") {
  for (const char* wrong : {"", "2026", "2026-13", "2026-00", "2026-1", "26-10", "2026/10", "2026-1x", "October", "1969-12", "2026-10 "}) {
    CAPTURE(wrong);
    const auto month = month_of(wrong, "UTC");
    REQUIRE_FALSE(month);
    CHECK(month.error().message.ends_with(" is no month; write it as 2026-10"));
  }
  CHECK(month_of("2026-10", "Mars/Olympus").error().message == "no time zone is named Mars/Olympus; write it as Europe/Berlin");
}

TEST_CASE("spans are cut, widened and compared as sets of time") {
  const auto at = [](int minute) { return day_zero + std::chrono::minutes(minute); };
  const auto show = [&](const Spans& spans) {
    std::string text;
    for (const auto& span : spans)
      text += fmt::format("{}-{} ", (span.from - day_zero) / 1min, (span.until - day_zero) / 1min);
    return text;
  };
  const Spans some = merged({{at(20), at(30)}, {at(0), at(5)}, {at(5), at(8)}, {at(25), at(40)}, {at(50), at(50)}});
  CHECK(show(some) == "0-8 20-40 ");
  CHECK(show(widened(some, 5min)) == "0-10 20-40 ");
  CHECK(show(clipped(some, {at(4), at(22)})) == "4-8 20-22 ");
  CHECK(show(without(some, {{at(2), at(4)}, {at(7), at(25)}, {at(39), at(60)}})) == "0-2 4-7 25-39 ");
  const Spans other = {{at(5), at(35)}};
  CHECK(show(common({&some, &other})) == "5-8 20-35 ");
  CHECK(show(common({&some})) == "0-8 20-40 ");
  CHECK(touches(some, {at(7), at(9)}));
  CHECK_FALSE(touches(some, {at(8), at(20)}));
  CHECK(length_of(some) == 28min);
}

TEST_CASE("a slot holds until the next one, for a cadence at most; the rest is unknown") {
  CHECK(series("ok ok ok ok ok ok ok ok ok ok ok ok") == "measured 60 bad 0 unknown 0");
  CHECK(series("ok ok bad ok ok ok ok half ok ok ok ok") == "measured 60 bad 7.5 unknown 0");
  // Two canaries of one cadence may stand in slots that do not touch.
  CHECK(series("ok - ok ok - ok ok ok ok ok ok ok") == "measured 60 bad 0 unknown 0");
  CHECK(series("ok ok - - - bad ok ok ok ok ok ok") == "measured 45 bad 5 unknown 15");
  CHECK(series("- - - ok ok ok bad - - - - -") == "measured 20 bad 5 unknown 40");
  CHECK(series("- ok ok ok ok ok ok ok ok ok ok ok") == "measured 60 bad 0 unknown 0");
  CHECK(series("bad - - ok - - ok - - ok - -", 15min) == "measured 60 bad 15 unknown 0");
  CHECK(series("- - - - - - - - - - - -") == "measured 0 bad 0 unknown 60");
}

TEST_CASE("a month in which all arrived kept its promise, and its books balance") {
  Book book = new_book();
  book.write("a-b", 0, "ok*" + std::to_string(whole_month));
  book.write("b-a", 0, "ok*" + std::to_string(whole_month));
  const MonthReport report = report_of(book, config_with());
  CHECK(minutes_of(report.all) == "measured 44640 bad 0 maintenance 0 unknown 0");
  CHECK(verdict_words(report) == "100% of the measured time was well: the promise of 99.9% is kept.");
  CHECK(report.budget.allowed == Duration(44640min) / 1000);
  CHECK(report.budget.canaries_allowed == 1);
  CHECK(report.all.sent() == 2 * whole_month);
  REQUIRE(report.balanced_days);
  CHECK(joined(report.books.faults) == "");
  CHECK(report.books.sent == 2 * whole_month);
  CHECK(report.gaps.empty());
  CHECK(report.slot == 5min);
  CHECK(report.vantages == std::vector<std::string>{"fra1"});
  CHECK(report.all.latency.p50.value() > 3s);
  CHECK(report.all.latency.p99.value() < 3400ms);
}

TEST_CASE("failed and late canaries spend the budget, junk does not, and it says when the budget was gone") {
  Book book = new_book();
  // 44.64 minutes are allowed; both routes are bad for two hours from 06:00 on the second day.
  for (const char* name : {"a-b", "b-a"})
    book.write(name, 0, "ok*30 lost late junk*3 ok*" + std::to_string(whole_month - 35));
  const MonthReport report = report_of(book, config_with());
  CHECK(minutes_of(report.all) == "measured 44640 bad 120 maintenance 0 unknown 0");
  CHECK(report.budget.verdict == Verdict::broken);
  CHECK(report.budget.canaries_spent == 4);
  CHECK(report.budget.ran_out_at == day_zero + 30h + Duration(44640min) / 1000);
  CHECK(left_words(report.budget) == "overspent by 1 h 15 min");
  CHECK(percent_words(report.all.uptime()) == "99.731%");
  CHECK(failed_of(report.all) == 2);
}

TEST_CASE("confirming canaries, sent when all is bad, weigh no more than one alone") {
  Book book = new_book();
  book.write("a-b", 0, "ok*100 lost ok*" + std::to_string(whole_month - 101));
  Batch confirming;
  for (const int minute : {6001, 6002, 6003, 6004}) book.add(confirming, "a-b", minute, "lost");
  commit(*book.store, confirming);
  const MonthReport report = report_of(book, config_with());
  CHECK(minutes_of(route(report, "a-b")) == "measured 44640 bad 60 maintenance 0 unknown 0");
  CHECK(route(report, "a-b").by_fate[static_cast<std::size_t>(Fate::lost)] == 5);
}

TEST_CASE("what nobody measured is unknown, apart, and neither up nor down") {
  Book book = new_book();
  const int one_day = 24;
  book.write("a-b", 0, fmt::format("ok*{} -*{} own*{} ok*{}", one_day, one_day, one_day, whole_month - 3 * one_day));
  const MonthReport report = report_of(book, config_with());
  CHECK(minutes_of(route(report, "a-b")) == fmt::format("measured {} bad 0 maintenance 0 unknown {}", 29 * 1440, 2 * 1440));
  CHECK(minutes_of(route(report, "b-a")) == "measured 0 bad 0 maintenance 0 unknown 44640");
  CHECK_FALSE(route(report, "b-a").uptime());
  REQUIRE(report.gaps.size() == 1);
  CHECK(day_words(report.month, report.gaps[0].span) == "2 Mar to 3 Mar");
  CHECK(report.gaps[0].why == Gap::Why::not_measured);
  CHECK(report.all.by_fate[static_cast<std::size_t>(Fate::unknown)] == one_day);
  CHECK(joined(report.books.faults) == "");
}

TEST_CASE("maintenance is measured and left out, unless the promise holds in it too") {
  Book book = new_book();
  // 2 March is a Monday: its canaries from 01:00 to 02:00 are lost.
  book.write("a-b", 0, "ok*25 lost ok*" + std::to_string(whole_month - 26));
  const std::string maintenance = "maintenance: [{name: disks, every: 'first mon 01:00-02:00', providers: [south]}]\n";
  const MonthReport out = report_of(book, config_with(maintenance));
  CHECK(minutes_of(route(out, "a-b")) == "measured 44580 bad 0 maintenance 60 unknown 0");
  CHECK(route(out, "a-b").in_maintenance == 1);
  CHECK(failed_of(route(out, "a-b")) == 1);
  const MonthReport in = report_of(book, config_with(maintenance + "slo: {exclude_maintenance: false}\n"));
  CHECK(minutes_of(route(in, "a-b")) == "measured 44640 bad 60 maintenance 0 unknown 0");
}

TEST_CASE("a failure that an incident lays at one provider's door is not held against the other") {
  Book book = new_book();
  const std::string history = "ok*25 lost ok*" + std::to_string(whole_month - 26);
  book.write("a-b", 0, history);
  book.write("b-a", 0, "ok*" + std::to_string(whole_month));
  book.incident(1500, 1h, "south", "a-b");
  const MonthReport report = report_of(book, config_with());
  CHECK(minutes_of(provider(report, "south").tally) == "measured 44640 bad 30 maintenance 0 unknown 0");
  CHECK(minutes_of(provider(report, "north").tally) == "measured 44640 bad 0 maintenance 0 unknown 0");
  CHECK(provider(report, "north").tally.of_others == 1);
  CHECK(provider(report, "south").down == 1h);
  CHECK(provider(report, "north").down == 0h);
  CHECK(report.incidents.at(0).culprit == "South Mail, inbound");
}

TEST_CASE("without a culprit a failure counts against both providers; our own fault against nobody") {
  Book book = new_book();
  book.write("a-b", 0, "ok*25 lost ok*8 lost ok*" + std::to_string(whole_month - 35));
  book.incident(1500, 1h, "", "a-b", Impact::minor);
  book.incident(2040, 1h, "self", "a-b");
  const MonthReport report = report_of(book, config_with());
  for (const char* name : {"north", "south"}) {
    CAPTURE(name);
    CHECK(minutes_of(provider(report, name).tally) == "measured 44580 bad 60 maintenance 0 unknown 60");
    CHECK(provider(report, name).tally.own_fault == 1);
    CHECK(provider(report, name).down == 0h);
    CHECK(provider(report, name).degraded == 1h);
  }
  CHECK(report.incidents.at(0).culprit == "");
  CHECK(report.incidents.at(1).culprit == "our own side");
}

TEST_CASE("each provider has its own promise") {
  Book book = new_book();
  book.write("a-b", 0, "ok*25 lost*2 ok*" + std::to_string(whole_month - 27));
  book.write("b-a", 0, "ok*" + std::to_string(whole_month));
  const MonthReport report = report_of(book, config_with("slo: {providers: {south: {objective: 99%}}}\n"));
  CHECK(provider(report, "north").budget.verdict == Verdict::broken);
  CHECK(provider(report, "south").budget.verdict == Verdict::kept);
}

TEST_CASE("a month that lasts has the budget of the whole month, and waits for what is pending") {
  Book book = new_book();
  book.write("a-b", 0, "ok*10 lost ok*36 sent");
  book.write("b-a", 0, "ok*47 sent");
  const MonthReport report = report_of(book, config_with(), day_zero + 48h + 10min);
  CHECK_FALSE(report.over);
  CHECK(report.budget.allowed == Duration(44640min - 70min) / 1000);  // of all but what is unknown already
  CHECK(report.budget.verdict == Verdict::kept);
  CHECK(verdict_words(report) == "98.936% of the measured time was well: the promise of 99.9% is kept so far.");
  CHECK(report.all.by_fate[static_cast<std::size_t>(Fate::pending)] == 2);
  CHECK(minutes_of(report.all) == "measured 2820 bad 30 maintenance 0 unknown 70");
  CHECK(joined(report.books.faults) == "");
  CHECK(report.days.at(2).measured == 0min);
}

TEST_CASE("sums of hours serve where those of five minutes are gone, and lost days are named") {
  Book book = new_book();
  book.write("a-b", 0, "ok*25 lost ok*" + std::to_string(whole_month - 26));
  const auto retire = [&](const Retention& retention, WallTime now) {
    while (*book.store->retire(retention, now) == LedgerStore::Work::more) {
    }
  };
  Retention retention;
  retire(retention, april + 10 * day);
  const MonthReport hours = report_of(book, config_with(), april + 10 * day);
  CHECK(hours.slot == 1h);
  CHECK(minutes_of(route(hours, "a-b")) == "measured 44640 bad 60 maintenance 0 unknown 0");
  REQUIRE(hours.balanced_days);
  CHECK(day_words(hours.month, *hours.balanced_days) == "7 Mar to 31 Mar");
  CHECK(joined(hours.books.faults) == "");

  retention.rollups_1h = 35 * day;
  retention.rollups_1d = 38 * day;
  retire(retention, april + 10 * day);
  const MonthReport days = report_of(book, config_with(), april + 10 * day);
  CHECK(days.slot == day);
  REQUIRE(days.gaps.size() == 1);
  CHECK(day_words(days.month, days.gaps[0].span) == "1 Mar to 3 Mar");
  CHECK(std::string(words_of(days.gaps[0].why)) == "dropped by retention");
}

TEST_CASE("books that do not balance are said to be so") {
  const Folder folder;
  Book book(open_ledger(folder / "ledger.db"));
  book.write("a-b", 0, "ok*30");
  while (*book.store->retire(Retention(), day_zero + 30h) == LedgerStore::Work::more) {
  }
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open((folder / "ledger.db").c_str(), &raw) == SQLITE_OK);
  REQUIRE(sqlite3_exec(raw, "UPDATE rollups SET delivered = delivered - 1 WHERE length = 86400 AND start = 1772323200", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(raw);
  const MonthReport report = report_of(book, config_with(), day_zero + 40h);
  CHECK(balance_words(report) ==
        "THE BOOKS DO NOT BALANCE: 30 canaries were sent from 2026-03-01T00:00:00.000Z to 2026-03-03T00:00:00.000Z, but the "
        "fates add up to 29");
}

TEST_CASE("months without anything to report say why") {
  Book book = new_book();
  const Config config = config_with();
  CHECK(refusal(book, config, "2026-03") == "the ledger holds no canary yet; start 'mailcanary run' or 'tick' first");
  book.write("a-b", 0, "ok");
  CHECK(refusal(book, config, "2026-05") == "2026-05 has not begun; name a month up to 2026-04");
  CHECK(refusal(book, config, "2026-02") == "nothing was measured in 2026-02; 'mailcanary history ROUTE' shows the newest canaries");
  Batch batch;
  batch.facts["since.north"] = "2026-03-01T00:00:00.000Z";
  commit(*book.store, batch);
  CHECK(refusal(book, config, "2026-02") == "nothing was measured in 2026-02; the ledger begins on 2026-03-01");
}

TEST_CASE("a route that is not configured any more still has its month") {
  Book book = new_book();
  book.write("a-b", 0, "ok*" + std::to_string(whole_month));
  book.write("a-z", 0, "ok*10 lost");
  const MonthReport report = report_of(book, config_with());
  CHECK(report.routes.front().name.str() == "a-z");
  CHECK(report.routes.front().standing == ReportedRoute::Standing::gone);
  CHECK(provider(report, "north").tally.sent() == whole_month + 11);
}

TEST_CASE("shares are cut, so that nothing broken reads as kept") {
  CHECK(percent_words(1.0) == "100%");
  CHECK(percent_words(0.9999999) == "99.999%");
  CHECK(percent_words(0.999) == "99.9%");
  CHECK(percent_words(0.9989999) == "99.899%");
  CHECK(percent_words(0.0) == "0%");
  CHECK(percent_words(std::nullopt) == "-");
  CHECK(count_words(1234567) == "1,234,567");
  CHECK(count_words(-123) == "-123");
  CHECK(count_words(12) == "12");
}

TEST_CASE("the report as text and as JSON is as it was agreed") {
  Book book = new_book();
  book.write("a-b", 0, "ok*25 lost late ok*" + std::to_string(whole_month - 27));
  book.write("b-a", 0, "ok*100 -*24 ok*" + std::to_string(whole_month - 124));
  book.incident(1500, 1h, "south", "a-b");
  const MonthReport report = report_of(book, config_with());
  check_golden("report.txt", report_text(report));
  check_golden("report.json", report_json(report) + "\n");
}

TEST_CASE("the page loads nothing, runs nothing and escapes what it shows") {
  Book book = new_book();
  book.write("a-b", 0, "ok*25 lost late ok*100");
  Config config = config_with();
  config.status.title = "<script>alert(1)</script>";
  config.providers.front().title = "North & <b>Sons</b>";
  const std::string page = report_html(report_of(book, config, day_zero + 130h));
  for (const char* never : {"<script", "<b>", "href=\"http", "src=", "url(", "@import", "<img", "<link rel=\"stylesheet"}) {
    CAPTURE(never);
    CHECK(page.find(never) == std::string::npos);
  }
  for (const char* there : {"<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>", "North &amp; &lt;b&gt;Sons&lt;/b&gt;", "March 2026 (UTC), until 6 Mar, 10:00",
                            "2 Mar: ", "Promise broken", "default-src 'none'"}) {
    CAPTURE(there);
    CHECK(page.find(there) != std::string::npos);
  }
}
