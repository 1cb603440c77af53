// Real bounces on real servers: counted once each, over a kill -9, by every kind of mailbox; nothing in it changes.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/clock.h"
#include "tests/catch.h"
#include "tests/e2e/watch.h"

using namespace mailcanary::testbed;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

WatchedAccount bounces_of(const MailBed& bed, const std::string& inbox) {
  WatchedAccount account = account_of(bed, "returns");
  account.imap = "";
  account.more += fmt::format(", inbox: \"{}\", bounces: true, sent: {{postfix_log: {}}}", inbox, bed.postfix_log().string());
  return account;
}

void send_real(const MailBed& bed, const std::string& to, int mails) {
  for (int i = 0; i < mails; ++i)
    send_mail(bed, bed.address("returns"), bed.address(to), "From: news@bed.example\nTo: you\nSubject: news\n\nHello.\n");
}

enum class Kind { imap, pop3, maildir };

// Place, name and flags of every message, with size and time. Dovecot's POP3 server by itself takes messages out of "new" at
// each login, without a flag; there the place does not count.
std::vector<std::string> state_of(const fs::path& maildir, Kind kind) {
  std::vector<std::string> state;
  for (const std::string part : {"new", "cur"}) {
    for (const auto& entry : fs::directory_iterator(maildir / part)) {
      std::string name = part + "/" + entry.path().filename().string();
      if (kind == Kind::pop3) name.erase(0, part.size() + 1);
      if (kind == Kind::pop3 && name.ends_with(":2,")) name.resize(name.size() - 3);
      state.push_back(fmt::format("{} {} {}", name, entry.file_size(), entry.last_write_time().time_since_epoch().count()));
    }
  }
  std::sort(state.begin(), state.end());
  return state;
}

bool saw_mailbox(const Watch& watch) {
  return get(watch, "/metrics").body.find("mailcanary_reader_lag_seconds{account=\"returns\"}") != std::string::npos;
}

int counted(const Watch& watch) { return watch.ask({"bounces", "returns"})["bounced"]; }

std::string by(const json& list, const char* name) {
  std::vector<std::string> words;
  for (const auto& line : list) words.push_back(fmt::format("{} {} hard {}", line[name].get<std::string>(), line["bounced"].get<int>(), line["hard"].get<int>()));
  std::sort(words.begin(), words.end());
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void watch_real_bounces(Kind kind) {
  MailBed bed({{"shop", "watch", "returns", "gone", "full"}, 0});
  bed.bounce(bed.address("gone"), "550 5.1.1 user unknown");
  bed.bounce(bed.address("full"), "552 5.2.2 mailbox full");
  const std::string inbox = kind == Kind::imap   ? fmt::format("imaps://127.0.0.1:{}", bed.imaps_port())
                            : kind == Kind::pop3 ? fmt::format("pop3s://127.0.0.1:{}", bed.pop3s_port())
                                                 : "maildir:" + bed.maildir("returns").string();
  // What was there before the watch is not counted.
  send_real(bed, "gone", 1);
  REQUIRE(bed.wait_for_arrivals(1, patience).size() >= 1);
  // A server tells whole seconds: what came within the second in which the watch begins could be either.
  const auto second = [] { return std::chrono::floor<std::chrono::seconds>(mailcanary::real_clock().now().wall); };
  REQUIRE(eventually([&, came = second()] { return second() > came; }));

  const std::string rest =
      "routes:\n  - {from: returns, to: gone, every: 30d, lost_after: 4h}\n"
      "rules:\n  - {name: returned, measure: traffic.bounce_rate, over: 1h, above: 30%, min_samples: 5, impact: major}\n";
  const Watch watch({bounces_of(bed, inbox), account_of(bed, "gone")}, rest);
  std::optional<Daemon> daemon(std::in_place, watch);
  REQUIRE(eventually([&] { return saw_mailbox(watch); }));
  // The one canary of its route goes to somebody unknown: its bounce comes to this mailbox, settles it, and is not counted.
  REQUIRE(eventually([&] { return balanced_books(watch)["fates"]["bounced"] == 1; }));
  send_real(bed, "gone", 2);
  send_real(bed, "full", 1);
  send_real(bed, "watch", 3);
  CHECK(eventually([&] { return counted(watch) == 3; }));

  daemon.reset();  // kill -9
  send_real(bed, "full", 2);
  // All bounces are there: two of before, three, two.
  REQUIRE(eventually([&] { return messages_in(bed, "returns").size() == 7; }));
  const auto before = state_of(bed.maildir("returns"), kind);
  daemon.emplace(watch);
  CHECK(eventually([&] { return counted(watch) == 5; }));
  CHECK(eventually([&] { return watch.ask({"bounces", "returns"})["sent"] == 9; }));

  const json report = watch.ask({"bounces", "returns"});
  CAPTURE(report.dump(1));
  CHECK(by(report["domains"], "domain") == "bed.example 5 hard 2");
  CHECK(by(report["reasons"], "reason") == "mailboxfull 3 hard 0, userunknown 2 hard 2");
  CHECK(report["fault"].is_null());
  const auto incident = [&] { return watch.ask({"status"})["incidents"]; };
  REQUIRE(eventually([&] { return !incident().empty(); }));
  CAPTURE(incident().dump(1));
  CHECK(watch.tell({"incident", "list"}).out.find("Mail from Provider returns bounces") != std::string::npos);

  CHECK(daemon->stop().exit_code == 0);
  daemon.reset();
  CHECK(state_of(bed.maildir("returns"), kind) == before);
  const json books = balanced_books(watch);
  CHECK(books["traffic"]["returns"]["bounces"] == 5);
  CHECK(books["traffic"]["returns"]["recipients"] == 5);

  // The mailbox is built anew: all its messages have other numbers. They are known for what they are.
  if (kind == Kind::maildir) return;
  bed.stop_dovecot();
  for (const auto& entry : fs::directory_iterator(bed.maildir("returns"))) {
    if (entry.path().filename().string().starts_with("dovecot")) fs::remove(entry.path());
  }
  bed.start_dovecot();
  CHECK(watch.tell({"tick"}).exit_code == 0);
  CHECK(counted(watch) == 5);
  send_real(bed, "full", 1);
  CHECK(eventually([&] {
    watch.tell({"tick"});
    return counted(watch) == 6;
  }));
  CHECK(balanced_books(watch)["traffic"]["returns"]["bounces"] == 6);
}

}  // namespace

TEST_CASE("real bounces are counted once each over a kill -9 and another UIDVALIDITY, and the IMAP mailbox stays as it is") {
  watch_real_bounces(Kind::imap);
}

TEST_CASE("real bounces are counted once each over a kill -9 in a POP3 mailbox, which stays as it is") { watch_real_bounces(Kind::pop3); }

TEST_CASE("real bounces are counted once each over a kill -9 in a Maildir, which stays as it is") { watch_real_bounces(Kind::maildir); }
