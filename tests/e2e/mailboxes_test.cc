// Every kind of mailbox and every way to hand mail over, against real servers.
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <fmt/format.h>

#include "tests/catch.h"
#include "tests/e2e/watch.h"

using namespace mailcanary::testbed;
namespace fs = std::filesystem;

namespace {

const std::string route = "\nroutes:\n  - {from: shop, to: watch}\n";

WatchedAccount reading(const MailBed& bed, const std::string& name, const std::string& inbox) {
  WatchedAccount account = account_of(bed, name);
  account.imap.clear();
  account.more += fmt::format(", inbox: \"{}\"", inbox);
  return account;
}

WatchedAccount sending(const MailBed& bed, const std::string& name, const std::string& smtp) {
  WatchedAccount account = account_of(bed, name);
  account.smtp = smtp;
  return account;
}

void send_foreign_mail(const MailBed& bed) {
  send_mail(bed, "someone@elsewhere.example", bed.address("watch"), "Subject: Mailcanary is a good name\n\nlunch?\n");
  REQUIRE(bed.wait_for_arrivals(1, patience).size() == 1);
}

// The bed's own Postfix, as a program that needs no options of ours.
fs::path sendmail_of(const MailBed& bed) {
  const fs::path program = bed.directory() / "sendmail";
  // Only root may name another configuration.
  std::ofstream(program) << "#!/bin/sh\nexec " << (::geteuid() == 0 ? "" : "sudo -n ") << "/usr/sbin/sendmail -C " << (bed.directory() / "postfix").string() << " \"$@\"\n";
  fs::permissions(program, fs::perms::owner_all);
  return program;
}

}  // namespace

TEST_CASE("a canary is found and deleted over POP3 and in a Maildir, and other mail stays as it was") {
  const MailBed bed;
  send_foreign_mail(bed);
  const auto before = messages_in(bed, "watch");
  REQUIRE(before.size() == 1);
  const std::string foreign = contents(before[0]);
  for (const std::string& inbox :
       {fmt::format("pop3s://127.0.0.1:{}", bed.pop3s_port()), fmt::format("pop3://127.0.0.1:{}", bed.pop3_port()),
        "maildir:" + bed.maildir("watch").string()}) {
    CAPTURE(inbox);
    const Watch watch({account_of(bed, "shop"), reading(bed, "watch", inbox)}, route);
    for (int i = 0; i < 2; ++i) {
      const auto done = watch.tell({"check", "shop-watch", "--wait", "60s"});
      CAPTURE(done.out);
      CAPTURE(done.err);
      CHECK(done.exit_code == 0);
    }
    CHECK(balanced_books(watch)["fates"]["delivered"] == 2);
    CHECK(watch.canaries("shop-watch")[0]["duplicates"] == 0);
    const auto after = messages_in(bed, "watch");
    REQUIRE(after.size() == 1);
    CHECK(contents(after[0]) == foreign);
  }
}

TEST_CASE("the daemon watches a POP3 mailbox and a Maildir with its junk folder; a bounce comes back over POP3") {
  MailBed bed({{"shop", "watch", "third"}, 0});
  const Watch watch({reading(bed, "shop", fmt::format("pop3s://127.0.0.1:{}", bed.pop3s_port())),
                     reading(bed, "watch", "maildir:" + bed.maildir("watch").string()), account_of(bed, "third")},
                    "\nroutes:\n  - {from: shop, to: watch, every: 1s}\n  - {from: shop, to: third, every: 1s}\n");
  bed.junk(bed.address("watch"));
  bed.bounce(bed.address("third"));
  Daemon daemon(watch);
  CHECK(eventually([&] { return count_of(fates(watch.canaries("shop-watch")), "junked") > 0; }));
  CHECK(eventually([&] { return count_of(fates(watch.canaries("shop-third")), "bounced") > 0; }));
  bed.accept(bed.address("watch"));
  CHECK(eventually([&] { return count_of(fates(watch.canaries("shop-watch")), "delivered") > 0; }));
  for (const auto& canary : watch.canaries("shop-watch")) {
    if (canary["fate"] == "delivered") CHECK(canary["arrival_source"] != "poll");
  }
  CHECK(daemon.stop().exit_code == 0);
  balanced_books(watch);
}

TEST_CASE("a canary is handed over by LMTP, and to a sendmail command") {
  MailBed bed;
  const std::string lmtp = fmt::format("lmtp+plain://127.0.0.1:{}", bed.lmtp_port());
  const std::string socket = "lmtp:" + (bed.directory() / "run/lmtp").string();
  for (const std::string& way : {lmtp, socket, "sendmail:" + sendmail_of(bed).string()}) {
    CAPTURE(way);
    const Watch watch({sending(bed, "shop", way), account_of(bed, "watch")}, route);
    const auto done = watch.tell({"check", "shop-watch", "--wait", "60s"});
    CAPTURE(done.out);
    CAPTURE(done.err);
    CHECK(done.exit_code == 0);
  }
  bed.stop_dovecot();
  const Watch watch({sending(bed, "shop", lmtp), account_of(bed, "watch")}, route);
  const auto done = watch.tell({"check", "shop-watch", "--no-wait"});
  CHECK(done.exit_code != 0);
  CHECK(balanced_books(watch)["fates"]["unreachable"].get<int>() + balanced_books(watch)["fates"]["unknown"].get<int>() == 1);
}

TEST_CASE("LMTP tells at once that a recipient is unknown to the mail store") {
  const MailBed bed;
  auto nobody = account_of(bed, "watch");
  nobody.address = "nobody@bed.example";
  const Watch watch({sending(bed, "shop", fmt::format("lmtp+plain://127.0.0.1:{}", bed.lmtp_port())), nobody}, route);
  const auto done = watch.tell({"check", "shop-watch", "--no-wait"});
  CAPTURE(done.out);
  CHECK(done.exit_code == 2);
  const auto canary = watch.canaries("shop-watch").at(0);
  CHECK(canary["fate"] == "rejected");
  CHECK(canary["smtp_reply"].get<std::string>().find("550 5.1.1") == 0);
}
