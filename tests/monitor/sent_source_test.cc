// How many mails were sent: numbers, lines, a command, and logs of Postfix over rotation.
#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "core/units.h"
#include "monitor/traffic/log_follower.h"
#include "monitor/traffic/postfix_log.h"
#include "monitor/traffic/sent_source.h"
#include "tests/monitor/ledger_fixtures.h"

using namespace mailcanary;
using namespace mailcanary::test;
namespace fs = std::filesystem;

namespace {

const WallTime noon = *parse_time("2026-11-28T12:00:00Z");

std::int64_t sum(const std::vector<SentReading::Group>& groups) {
  std::int64_t mails = 0;
  for (const auto& group : groups) mails += group.mails;
  return mails;
}

void add(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary | std::ios::app) << text; }
void put(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

// Everything up to the end, and the place then.
std::string read_all(const fs::path& path, std::optional<LogPlace>& place) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    const auto read = read_on(path.string(), place);
    REQUIRE(read);
    text += read->lines;
    place = read->place;
    if (read->rest == LogRead::Rest::none) break;
  }
  return text;
}

struct Source {
  Source(SentCount what, std::string place = "") : source(loop, AccountName("returns"), std::move(what), std::move(place)) {}
  SentAnswer read() {
    struct Call {
      static Task<void> ask(SentSource& source, SentAnswer& answer) { answer = co_await source.read(); }
    };
    SentAnswer answer;
    loop.run_until_done(Call::ask(source, answer));
    return answer;
  }
  FakeClock clock{noon};
  EventLoop loop{clock};
  SentSource source;
};
SentCount of_file(const fs::path& path) { return {SentCount::From::file, path.string(), {}, SentCount::Counts::total}; }

}  // namespace

TEST_CASE("a total counts by what it has grown, and one that fell began anew") {
  std::string place;
  std::vector<std::int64_t> counted;
  for (const char* text : {"1000\n", "1000", "1200", " 1210 ", "30"}) {
    const auto reading = count_number(SentCount::Counts::total, text, place, noon);
    REQUIRE(reading);
    CHECK(reading->before == place);
    place = reading->after;
    counted.push_back(sum(reading->groups));
  }
  CHECK(counted == std::vector<std::int64_t>{0, 0, 200, 10, 30});
  for (const char* text : {"", "x", "12x", "-3", "1 2", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(count_number(SentCount::Counts::total, text, place, noon));
  }
}

TEST_CASE("what was sent while nobody read is spread over that time, two days at most") {
  const auto first = count_number(SentCount::Counts::total, "0", "", noon);
  const auto later = count_number(SentCount::Counts::total, "600", first->after, noon + 1h);
  REQUIRE(later->groups.size() == 60);
  CHECK(later->groups.front().at == noon + 1min);
  CHECK(later->groups.front().mails == 10);
  CHECK(later->groups.back().at == noon + 1h);
  const auto much_later = count_number(SentCount::Counts::total, "4000", first->after, noon + 24h * 9);
  CHECK(much_later->groups.front().at > noon + 24h * 7);
  CHECK(sum(much_later->groups) == 4000);
}

TEST_CASE("a number of an interval counts itself, the first one not") {
  const auto first = count_number(SentCount::Counts::interval, "70", "", noon);
  CHECK(sum(first->groups) == 0);
  const auto second = count_number(SentCount::Counts::interval, "70", first->after, noon + 1min);
  CHECK(sum(second->groups) == 70);
}

TEST_CASE("lines of times and counts stand at their time; others are told of") {
  const SentLines lines = count_lines("2026-11-28T11:30:00Z 120\n# a remark\n\n1795860000\t30\nyesterday 5\n2026-11-28T11:40:00Z many\n", noon);
  REQUIRE(lines.groups.size() == 2);
  CHECK(lines.groups[0].at == noon - 30min);
  CHECK(lines.groups[0].mails == 120);
  CHECK(lines.groups[1].mails == 30);
  CHECK(lines.bad == 2);
}

TEST_CASE("a log is read on from its end, whole lines only, over renaming and truncation") {
  const Folder folder;
  const fs::path log = folder / "mail.log";
  put(log, "old\n");
  std::optional<LogPlace> place;
  CHECK(read_all(log, place) == "");
  add(log, "one\ntw");
  CHECK(read_all(log, place) == "one\n");
  add(log, "o\n");
  CHECK(read_all(log, place) == "two\n");

  add(log, "three\n");
  fs::rename(log, folder / "mail.log.1");
  put(log, "four\n");
  CHECK(read_all(log, place) == "three\nfour\n");

  fs::rename(folder / "mail.log.1", folder / "mail.log.2");
  fs::rename(log, folder / "mail.log.1");
  add(folder / "mail.log.1", "five\n");
  put(log, "six\n");
  CHECK(read_all(log, place) == "five\nsix\n");

  put(log, "seven\n");  // truncated and written anew
  CHECK(read_all(log, place) == "seven\n");
  put(log, "longer than what was there\nbefore\n");
  CHECK(read_all(log, place) == "longer than what was there\nbefore\n");
  fs::remove(log);
  CHECK_FALSE(read_on(log.string(), place));
}

TEST_CASE("a log of any size is read piece by piece, and a line without end is passed over") {
  const Folder folder;
  const fs::path log = folder / "mail.log";
  put(log, "");
  std::optional<LogPlace> place;
  read_all(log, place);
  std::string much;
  while (much.size() < (9u << 20)) much += "a line of a log\n";
  add(log, much + std::string(6u << 20, 'x') + "\nlast\n");
  const std::string read = read_all(log, place);
  CHECK(read.starts_with(much));
  CHECK(read.ends_with("last\n"));
}

TEST_CASE("a log of Postfix tells mails by domain, one for each recipient with a last word") {
  const std::string log =
      "Nov 28 11:59:01 mx postfix/smtpd[10]: 4AAA: client=app[10.0.0.1]\n"
      "Nov 28 11:59:01 mx postfix/qmgr[3]: 4AAA: from=<news@shop.example>, size=900, nrcpt=3 (queue active)\n"
      "Nov 28 11:59:02 mx postfix/smtp[11]: 4AAA: to=<a@One.example>, relay=mx.one.example[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)\n"
      "Nov 28 11:59:02 mx postfix/smtp[11]: 4AAA: to=<b@one.example>, orig_to=<b@two.example>, relay=mx.one.example[192.0.2.1]:25, dsn=5.1.1, status=bounced (host said: 550 status=sent)\n"
      "Nov 28 11:59:03 mx postfix/smtp[12]: 4AAA: to=<c@two.example>, relay=none, dsn=4.4.1, status=deferred (connect timed out)\n"
      "Nov 28 11:59:03 mx postfix/qmgr[3]: 4BBB: from=<>, size=3000, nrcpt=1 (queue active)\n"
      "Nov 28 11:59:03 mx postfix/lmtp[13]: 4BBB: to=<bounces@shop.example>, relay=127.0.0.1[127.0.0.1]:24, dsn=2.0.0, status=sent (saved)\n"
      "Nov 28 11:59:03 mx postfix/qmgr[3]: 4BBB: removed\n"
      "Nov 28 11:59:04 mx postfix-out/smtp[14]: 4CCC: to=<d@two.example>, relay=127.0.0.1[127.0.0.1]:10024, dsn=2.0.0, status=sent (queued as 4DDD)\n"
      "Nov 28 11:59:05 mx postfix/local[15]: 4EEE: to=<root@shop.example>, relay=local, dsn=2.0.0, status=sent (delivered to mailbox)\n"
      "Nov 28 11:59:06 mx postfix/qmgr[3]: 4FFF: from=<news@shop.example>, status=expired, returned to sender\n"
      "Nov 28 11:59:06 mx dovecot: imap(status=sent): to=<x@y.example>\n";
  PostfixLog reader;
  std::string text;
  for (const auto& group : reader.read(log, noon)) text += fmt::format("{} {} {}\n", format_time(group.at).substr(11, 8), group.domain, group.mails);
  CHECK(text == "11:59:00  1\n11:59:00 one.example 2\n11:59:00 shop.example 1\n");
  CHECK(reader.queue_ids().empty());
}

TEST_CASE("a bounce that is under way between two readings is known for one") {
  PostfixLog before;
  before.read("Nov 28 11:59:03 mx postfix/qmgr[3]: 4BBB: from=<>, size=3000, nrcpt=1 (queue active)\n", noon);
  PostfixLog after(before.queue_ids());
  CHECK(after.read("Nov 28 11:59:03 mx postfix/lmtp[13]: 4BBB: to=<bounces@shop.example>, relay=x, status=sent (saved)\n", noon).empty());
}

TEST_CASE("times of a log are RFC 3339 or those of this machine, in the year that is nearest") {
  CHECK(log_time("2026-11-28T11:59:01.123456+02:00 mx postfix/smtp", noon) == noon - 2h - 59s + 123456us);
  const auto new_year = *parse_time("2027-01-01T12:00:00Z");
  const auto old = log_time("Dec 31 12:00:00 mx", new_year);
  REQUIRE(old);
  CHECK(std::chrono::abs(new_year - *old - 24h) <= 14h);
  CHECK_FALSE(log_time("once upon a time", noon));
}

TEST_CASE("a file is a number or lines, as it is; what cannot be read is said") {
  const Folder folder;
  put(folder / "total", "100");
  Source total(of_file(folder / "total"));
  CHECK(sum(total.read().reading.groups) == 0);
  put(folder / "total", "150\n");
  CHECK(sum(total.read().reading.groups) == 50);
  put(folder / "total", "");
  CHECK(total.read().fault == fmt::format("read {}: it is empty", (folder / "total").string()));
  put(folder / "total", "160");
  CHECK(sum(total.read().reading.groups) == 10);

  put(folder / "lines", "2026-11-28T11:00:00Z 7\n");
  Source lines(of_file(folder / "lines"));
  CHECK(sum(lines.read().reading.groups) == 0);
  add(folder / "lines", "2026-11-28T11:30:00Z 8\nwhat?\n");
  const auto answer = lines.read();
  CHECK(sum(answer.reading.groups) == 8);
  CHECK(answer.fault.starts_with("1 line of "));

  Source missing(of_file(folder / "missing"));
  CHECK(missing.read().fault == fmt::format("read {}: No such file or directory", (folder / "missing").string()));
}

TEST_CASE("a command is run without a shell, and its number or its complaint is heard") {
  const Folder folder;
  const fs::path program = folder / "sent";
  put(program, "#!/bin/sh\ncat \"$1\" || exit 3\n");
  REQUIRE(::chmod(program.c_str(), 0700) == 0);
  put(folder / "number", "5000\n");
  Source source({SentCount::From::command, "", {program.string(), (folder / "number").string()}, SentCount::Counts::total});
  CHECK(source.read().fault == "");
  put(folder / "number", "5007\n");
  CHECK(sum(source.read().reading.groups) == 7);
  fs::remove(folder / "number");
  const std::string fault = source.read().fault;
  CAPTURE(fault);
  CHECK(fault.starts_with(fmt::format("run {}: it failed: cat:", program.string())));
}
