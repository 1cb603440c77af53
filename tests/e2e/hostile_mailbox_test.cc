// A mailbox that is open to the world: what strangers put there does no harm and stays as it is.
#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include <unistd.h>

#include <fmt/format.h>

#include "config/load.h"
#include "probes/canary_message.h"
#include "tests/catch.h"
#include "tests/e2e/watch.h"

using namespace mailcanary;
using namespace mailcanary::testbed;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

// Puts messages straight into the inbox, as its owner, with the flags a stranger's mail has: none.
class Stuffer {
 public:
  Stuffer(const MailBed& bed, const std::string& account) : inbox_(bed.maildir(account)) {
    // A first message by the front door makes the folders, and shows to whom they belong.
    send_mail(bed, "stranger@elsewhere.example", bed.address(account), "Subject: first\n\nhello\n");
    if (!eventually([&] { return !messages_in(bed, account).empty(); })) throw std::runtime_error("no mail arrives");
  }

  void add(const std::string& message) {
    const fs::path file = inbox_ / "tmp" / next_name();
    std::ofstream(file, std::ios::binary) << message;
    fs::permissions(file, fs::perms(0644));
    fs::rename(file, inbox_ / "new" / file.filename());
  }

  // Many copies of one message; hard links, since nobody reads them.
  void add_copies(const std::string& message, int count) {
    constexpr int links_of_one_file = 20000;  // file systems allow some 65,000
    fs::path original;
    for (int i = 0; i < count; ++i) {
      const std::string name = next_name() + ":2,";
      if (i % links_of_one_file == 0) {
        original = inbox_ / "cur" / name;
        std::ofstream(original, std::ios::binary) << message;
        fs::permissions(original, fs::perms(0644));
      } else {
        fs::create_hard_link(original, inbox_ / "cur" / name);
      }
    }
  }

 private:
  std::string next_name() {
    ++number_;
    return fmt::format("{}.M{}P1.stranger", 1'700'000'000 + number_, number_);
  }

  fs::path inbox_;
  int number_ = 0;
};

// What a message says, and the flags that Maildir keeps behind the colon ("" while nobody has opened it).
std::multiset<std::pair<std::string, std::string>> messages_and_flags(const MailBed& bed, const std::string& account) {
  std::multiset<std::pair<std::string, std::string>> found;
  for (fs::path file : messages_in(bed, account)) {
    if (!fs::exists(file)) file = file.parent_path().parent_path() / "cur" / (file.filename().string() + ":2,");
    const std::string name = file.filename();
    const auto flags = name.rfind(":2,");
    found.emplace(contents(file), flags == std::string::npos ? "" : name.substr(flags + 3));
  }
  return found;
}

std::string repeat(const std::string& part, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += part;
  return all;
}

std::string nested_multiparts(int depth) {
  std::string text = "Subject: matryoshka\r\nMIME-Version: 1.0\r\n";
  for (int i = 0; i < depth; ++i) text += fmt::format("Content-Type: multipart/mixed; boundary=b{0}\r\n\r\n--b{0}\r\n", i);
  return text;
}

const std::string one_route = "\nroutes:\n  - {from: shop, to: watch, every: 30d, late_after: 60s, lost_after: 4h}\n";

// The canary that a running daemon or a check has sent and that has not arrived yet.
json pending_canary(const Watch& watch) {
  json found;
  eventually([&] {
    for (const auto& canary : watch.canaries("shop-watch")) {
      if (canary["fate"] == "pending" && canary["accepted_at"].is_string()) found = canary;
    }
    return !found.is_null();
  });
  return found;
}

// The same id, time and route as the real one, signed with another key; and other lies about it.
std::vector<std::string> forgeries(const Watch& watch, const json& canary) {
  const auto config = load_config(watch.file(), LoadEffect::read_only).config;
  Canary copy;
  copy.id = CanaryId(canary["id"].get<std::string>());
  copy.route = RouteName("shop-watch");
  copy.sent_at = std::chrono::floor<std::chrono::seconds>(real_clock().now().wall);
  const Account &from = *config.account(AccountName("shop")), &to = *config.account(AccountName("watch"));
  const std::string forged = compose_canary(copy, from, to, 0, Secret("0123456789abcdef0123456789abcdef"), "").message;
  const std::string id = copy.id.str();
  return {
      forged,
      "X-Mailcanary: v=1; id=" + id + "; route=shop-watch; at=2026-01-01T00:00:00.000Z; mac=\r\nSubject: no mac\r\n\r\n",
      "Message-ID: <" + id + ".aaaaaaaaaaaaaaaaaaaaaaaaaa@bed.example>\r\nSubject: Mailcanary " + id + "\r\n\r\nx\r\n",
      repeat("Subject: Mailcanary " + id + ".aaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", 500) + "\r\n" +
          repeat(id + ".aaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", 1000),
      // A bounce of it that nobody sent.
      "From: MAILER-DAEMON@bed.example\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
      "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\nOriginal-Envelope-Id: " + id +
          ".aaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\nFinal-Recipient: rfc822; watch@bed.example\r\nAction: failed\r\n"
          "Status: 5.1.1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + forged + "\r\n--b--\r\n",
  };
}

std::vector<std::string> broken_messages() {
  return {
      "",
      "\r\n\r\n",
      "no header at all, just a line without an end",
      std::string("Subject: \0\0\0\xff\xfe\x1b[31m\r\n\r\n\0body", 34),
      "Subject: " + std::string(1'000'000, 'x') + "\r\n\r\nx\r\n",
      repeat("X-Many: header\r\n", 20'000) + "\r\nx\r\n",
      "X-Mailcanary:\r\n" + repeat(" folded\r\n", 50'000) + "\r\nx\r\n",
      nested_multiparts(2000),
      "Content-Type: multipart/report; report-type=delivery-status; boundary=\"\r\n\r\n--\r\n",
      "Subject: =?utf-8?B?" + std::string(5000, '=') + "?=\r\nMessage-ID: <<<>>>\r\nDate: never\r\n\r\nx\r\n",
      "Received: " + repeat("from a by b; ", 5000) + "\r\nReceived: ;;;\r\n\r\nx\r\n",
  };
}

}  // namespace

TEST_CASE("forged canaries, broken mail, a huge message and a hundred thousand others do no harm and stay untouched") {
  MailBed bed;
  Stuffer stuffer(bed, "watch");
  constexpr int crowd = 100'000;
  stuffer.add_copies("From: a@elsewhere.example\r\nSubject: one of many\r\n\r\nMailcanary\r\n", crowd);
  for (const auto& message : broken_messages()) stuffer.add(message);

  const Watch watch({account_of(bed, "shop"), account_of(bed, "watch")}, one_route);
  bed.hold_queue();
  Daemon daemon(watch);
  const json canary = pending_canary(watch);
  REQUIRE(canary.is_object());
  for (const auto& message : forgeries(watch, canary)) stuffer.add(message);
  // 50 MB.
  stuffer.add("X-Mailcanary: v=1; id=" + canary["id"].get<std::string>() + "; mac=forged\r\nSubject: big\r\n\r\n" +
              repeat(std::string(76, 'x') + "\r\n", 50'000'000 / 78));
  const auto before = messages_and_flags(bed, "watch");

  // The real one comes last, so the daemon has met all the others when it finds it.
  bed.release_queue();
  CHECK(eventually([&] { return balanced_books(watch)["fates"]["delivered"] == 1; }));
  CAPTURE(daemon.log());
  // Another process, that has never seen the mailbox before, finds its canary too.
  const Watch newcomer({account_of(bed, "shop"), account_of(bed, "watch")}, one_route);
  const auto check = newcomer.tell({"check", "shop-watch", "--wait", "60s"});
  CAPTURE(check.out);
  CHECK(check.exit_code == 0);

  CHECK(eventually([&] { return messages_in(bed, "watch").size() == before.size(); }));
  CHECK(daemon.stop().exit_code == 0);
  const bool untouched = messages_and_flags(bed, "watch") == before;
  CHECK(untouched);
  const json settled = watch.canaries("shop-watch")[0];
  CHECK(settled["fate"] == "delivered");
  CHECK(settled["duplicates"] == 0);
}

TEST_CASE("a canary that is sent again by a stranger is a duplicate, and its fate stays") {
  MailBed bed({{"shop", "watch", "archive"}, 0});
  bed.set_postfix("always_bcc=" + bed.address("archive"));
  const Watch watch({account_of(bed, "shop"), account_of(bed, "watch")}, one_route);
  Daemon daemon(watch);
  REQUIRE(eventually([&] { return balanced_books(watch)["fates"]["delivered"] == 1; }));
  REQUIRE(eventually([&] { return messages_in(bed, "archive").size() == 1; }));
  bed.set_postfix("always_bcc=");
  const std::string stolen = contents(messages_in(bed, "archive")[0]);
  const json original = watch.canaries("shop-watch")[0];

  for (int copies = 1; copies <= 3; ++copies) {
    send_mail(bed, "stranger@elsewhere.example", bed.address("watch"), stolen);
    CHECK(eventually([&] { return watch.canaries("shop-watch")[0]["duplicates"] == copies; }));
  }
  const json replayed = watch.canaries("shop-watch")[0];
  for (const char* field : {"id", "fate", "arrived_at", "round_trip_ms", "seen_at", "stages"}) {
    CHECK(replayed[field] == original[field]);
  }
  CHECK(eventually([&] { return messages_in(bed, "watch").empty(); }));
  CHECK(daemon.stop().exit_code == 0);
  const auto books = balanced_books(watch);
  CHECK(books["sent"] == 1);
  CHECK(books["fates"]["delivered"] == 1);
}
