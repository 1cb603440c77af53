// Every kind of mailbox and every mail server beside Postfix and Dovecot: Exim and OpenSMTPD take the mail, Cyrus and
// Courier keep it, over IMAP and POP3.
#include <cctype>

#include <fmt/format.h>

#include "tests/catch.h"
#include "tests/e2e/watch.h"

using namespace mailcanary::testbed;
using namespace std::chrono_literals;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const MailBedOptions everything{{"post", "exim", "open", "watch", "popper"}, 0, {"exim", "opensmtpd", "cyrus", "courier"}};

// Submits at another server than Postfix; its mailbox stays in Dovecot, so that bounces come back.
WatchedAccount sending_at(const MailBed& bed, const std::string& name, const std::string& server) {
  WatchedAccount account = account_of(bed, name);
  if (server == "EXIM") account.smtp = fmt::format("smtps://127.0.0.1:{}", bed.port("EXIM_SMTPS"));
  if (server == "OPENSMTPD" && bed.opensmtpd_has_tls()) {
    account.smtp = fmt::format("smtps://127.0.0.1:{}", bed.port("OPENSMTPD_SMTPS"));
  } else if (server == "OPENSMTPD") {
    account.smtp = fmt::format("smtp+plain://127.0.0.1:{}", bed.port("OPENSMTPD_SUBMISSION"));
  }
  return account;
}

// "cyrus", "imaps": the mailbox of `user` there, watched under the name of both.
WatchedAccount reading_at(const MailBed& bed, const std::string& user, const std::string& server, const std::string& protocol) {
  std::string port = server + "_" + protocol;
  for (char& c : port) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  WatchedAccount account = account_of(bed, user);
  account.name = server + "_" + protocol;
  account.address = user + "@" + server + ".bed.example";
  account.imap.clear();
  account.more = fmt::format("user: {}, password: {{file: {}}}, tls: {{ca: {}}}, inbox: \"{}://127.0.0.1:{}\"", user,
                             bed.password_file(user).string(), bed.ca().string(), protocol, bed.port(port));
  return account;
}

const std::vector<std::pair<std::string, std::string>> kinds = {
    {"cyrus", "imaps"}, {"cyrus", "imap"}, {"cyrus", "pop3s"}, {"courier", "imaps"}, {"courier", "imap"}, {"courier", "pop3s"}};
std::string user_of(const std::string& protocol) {
  return protocol == "imaps" ? "watch" : protocol == "imap" ? "post" : "popper";
}

// How many messages lie in the mailbox, as the server says over POP3.
int messages_at(const MailBed& bed, const std::string& user, const std::string& server) {
  const std::string port = server == "cyrus" ? "CYRUS_POP3S" : "COURIER_POP3S";
  const auto done = run_program({{"curl", "-sS", "--cacert", bed.ca().string(), "--user", user + ":" + bed.password(user),
                                  fmt::format("pop3s://127.0.0.1:{}/", bed.port(port))},
                                 {},
                                 {},
                                 {}},
                                patience);
  // "1 759", a line each; an empty list is an empty line.
  int lines = 0;
  for (const char c : done.out) lines += c == ' ';
  return done.exit_code == 0 ? lines : -1;
}

}  // namespace

TEST_CASE("canaries go from Postfix, Exim and OpenSMTPD into Dovecot, Cyrus and Courier, and only they are deleted") {
  const MailBed bed(everything);
  for (const auto& [server, protocol] : kinds) {
    const std::string user = user_of(protocol);
    send_mail(bed, "someone@elsewhere.example", user + "@" + server + ".bed.example", "Subject: Mailcanary, a good name\n\nlunch?\n");
    REQUIRE(eventually([&, server = server] { return messages_at(bed, user, server) == 1; }));
  }
  std::vector<WatchedAccount> accounts{sending_at(bed, "post", "POSTFIX"), sending_at(bed, "exim", "EXIM"),
                                       sending_at(bed, "open", "OPENSMTPD"), account_of(bed, "watch")};
  std::string routes = "\nroutes:\n";
  std::vector<std::string> names;
  for (const auto& [server, protocol] : kinds) accounts.push_back(reading_at(bed, user_of(protocol), server, protocol));
  for (const std::string from : {"post", "exim", "open"}) {
    for (std::size_t to = 3; to < accounts.size(); ++to) {
      routes += fmt::format("  - {{from: {}, to: {}, every: 30d, late_after: 60s, lost_after: 4h}}\n", from, accounts[to].name);
      names.push_back(from + "-" + accounts[to].name);
    }
  }
  const Watch watch(accounts, routes);
  Daemon daemon(watch);
  const auto delivered = [&] { return balanced_books(watch)["fates"].value("delivered", 0) == static_cast<int>(names.size()); };
  const bool all = eventually(delivered);
  CAPTURE(watch.tell({"status"}).out);
  CAPTURE(daemon.log());
  REQUIRE(all);
  for (const std::string& route : names) {
    const json canary = watch.canaries(route).at(0);
    CAPTURE(canary.dump(1));
    CHECK(canary["fate"] == "delivered");
    CHECK(canary["duplicates"] == 0);
    CHECK(canary["folder"] == "INBOX");
    std::string stages;
    for (const auto& stage : canary["stages"]) {
      CHECK(stage["error"].is_null());
      stages += stage["name"].get<std::string>() + " ";
    }
    CHECK(stages == "resolve connect tls auth submit transit arrival seen ");
    // POP3 has no push and no stamp of its own.
    const std::string source = canary["arrival_source"];
    if (has(route, "pop3")) {
      CHECK((source == "poll" || source == "received"));
    } else {
      CHECK((source == "push" || source == "poll" || source == "internaldate"));
    }
    CHECK(canary["hops"].size() >= (has(route, "post-") ? 1u : 2u));
  }
  for (const auto& [server, protocol] : kinds) {
    CAPTURE(server, protocol);
    CHECK(eventually([&, server = server, protocol = protocol] { return messages_at(bed, user_of(protocol), server) == 1; }));
  }
  CHECK(daemon.stop().exit_code == 0);
}

TEST_CASE("bounces of Exim and of OpenSMTPD settle their canaries with the words of the server that refused") {
  const MailBed bed({{"exim", "open", "watch"}, 0, {"exim", "opensmtpd"}});
  WatchedAccount nobody = account_of(bed, "watch");
  nobody.name = "nobody";
  nobody.address = "nobody@bed.example";
  const Watch watch({sending_at(bed, "exim", "EXIM"), sending_at(bed, "open", "OPENSMTPD"), nobody},
                    "\nroutes:\n  - {from: exim, to: nobody, every: 30d}\n  - {from: open, to: nobody, every: 30d}\n");
  for (const std::string from : {"exim", "open"}) {
    CAPTURE(from);
    json canary;
    const bool settled = eventually([&] {
      watch.tell({"tick"});
      const auto canaries = watch.canaries(from + "-nobody");
      if (canaries.empty()) return false;
      canary = canaries[0];
      return canary["fate"] != "pending";
    });
    CAPTURE(canary.dump(1));
    REQUIRE(settled);
    CHECK(canary["fate"] == "bounced");
    CHECK(canary["bounce"]["status"] == "5.1.1");
    CHECK(canary["bounce"]["reason"] == "userunknown");
    CHECK(canary["bounce"]["recipient"] == "nobody@bed.example");
    CHECK(has(canary["bounce"]["diagnostic"], "User unknown"));
    CHECK(has(watch.tell({"trace", canary["id"]}).out, "userunknown"));
    CHECK(has(watch.tell({"history", from + "-nobody"}).out, "bounced"));
  }
  balanced_books(watch);
  CHECK(messages_in(bed, "exim").empty());
  CHECK(messages_in(bed, "open").empty());
}

TEST_CASE("tick and check end by themselves with every kind of mailbox, and leave no canary behind") {
  const MailBed bed(everything);
  for (const auto& [server, protocol] : kinds) {
    CAPTURE(server, protocol);
    const std::string user = user_of(protocol);
    const WatchedAccount reader = reading_at(bed, user, server, protocol);
    const Watch watch({account_of(bed, "exim"), reader},
                      "\nroutes:\n  - {from: exim, to: " + reader.name + ", every: 30d, late_after: 60s, lost_after: 4h, name: r}\n");
    // A tick sends what is due, a later one finds it. Courier allows one login in ten seconds over POP3, so that what one
    // tick or check finds is deleted by the next.
    bool hangs = false;
    const auto all_gone = [&](int delivered) {
      hangs = hangs || watch.tell({"tick"}, 30s).how == Finished::How::timed_out;
      return hangs || (count_of(fates(watch.canaries("r")), "delivered") == delivered && messages_at(bed, user, server) == 0);
    };
    CHECK(eventually([&] { return all_gone(1); }));
    const auto check = watch.tell({"check", "r", "--wait", "60s"});
    CAPTURE(check.out, check.err);
    CHECK(check.exit_code == 0);
    CHECK(eventually([&] { return all_gone(2); }));
    CHECK_FALSE(hangs);
    balanced_books(watch);
  }
}
