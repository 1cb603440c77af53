// `mailcanary tick`: all the work in single turns, as cron starts them, in a mailbox that people use too.
#include <algorithm>

#include "tests/catch.h"
#include "tests/e2e/watch.h"
#include "tests/e2e/web_receiver.h"

using namespace mailcanary::testbed;
using namespace std::chrono_literals;

namespace {

std::string mesh(const std::string& every) {
  return "\nroutes:\n  - {mesh: [shop, watch], every: " + every + ", late_after: 60s, lost_after: 4h}\n";
}

std::string read_all(const MailBed& bed, const std::string& account) {
  std::vector<std::string> texts;
  for (const auto& file : messages_in(bed, account)) texts.push_back(contents(file));
  std::sort(texts.begin(), texts.end());
  std::string all;
  for (const auto& text : texts) all += text + "\f";
  return all;
}

}  // namespace

TEST_CASE("one tick sends, the next finds and settles, and deletes nothing but our canaries") {
  const MailBed bed;
  send_mail(bed, "someone@elsewhere.example", bed.address("watch"),
            "From: someone@elsewhere.example\nSubject: Mailcanary is a good name\nMessage-ID: <one@elsewhere.example>\n\nHi\n");
  send_mail(bed, "someone@elsewhere.example", bed.address("shop"), "Subject: Re: lunch\n\nat noon\n");
  REQUIRE(bed.wait_for_arrivals(2, patience).size() == 2);
  const std::string mail_of_watch = read_all(bed, "watch"), mail_of_shop = read_all(bed, "shop");

  const Watch watch({account_of(bed, "shop"), account_of(bed, "watch")}, mesh("30m"));
  const auto first = watch.tell({"tick"});
  CAPTURE(first.err);
  CHECK(first.exit_code == 0);
  CHECK(balanced_books(watch)["sent"] == 2);
  REQUIRE(bed.wait_for_arrivals(4, patience).size() == 4);

  const auto second = watch.tell({"tick"});
  CAPTURE(second.err);
  CHECK(second.exit_code == 0);
  const auto books = balanced_books(watch);
  CHECK(books["sent"] == 2);  // not due again
  CHECK(books["fates"]["delivered"] == 2);
  CHECK(read_all(bed, "watch") == mail_of_watch);
  CHECK(read_all(bed, "shop") == mail_of_shop);
  CHECK(contents(watch.site() / "index.html").find("Bed Mail") != std::string::npos);
  CHECK(json::parse(contents(watch.site() / "api/v2/status.json"))["status"]["indicator"] == "none");
}

TEST_CASE("ticks see an outage, tell people and the page of it, and of its end") {
  MailBed bed;
  const WebReceiver receiver;
  const Watch watch({account_of(bed, "shop"), account_of(bed, "watch")},
                    mesh("1s") + "channels:\n  hook: {webhook: {url: \"" + receiver.url() + "\"}}\n");
  const auto unresolved = [&] {
    return json::parse(contents(watch.site() / "api/v2/incidents/unresolved.json"))["incidents"].size();
  };
  const auto tick_until_told = [&](const std::string& type) {
    return eventually([&] {
      const auto done = watch.tell({"tick"});
      CHECK(done.exit_code == 0);
      return !receiver.posts_of(type).empty();
    });
  };
  bed.stop_postfix();
  REQUIRE(tick_until_told("opened"));
  CHECK(unresolved() == 1);
  bed.start_postfix();
  REQUIRE(tick_until_told("resolved"));
  CHECK(unresolved() == 0);
  CHECK(balanced_books(watch)["fates"]["lost"] == 0);
}

TEST_CASE("a tick that cannot read a mailbox says so and fails, and does the rest of its work") {
  const MailBed bed;
  const Watch watch({account_of(bed, "shop"), with_wrong_password(bed, account_of(bed, "watch"))},
                    "\nroutes:\n  - {from: shop, to: watch}\n");
  const auto done = watch.tell({"tick"});
  CHECK(done.exit_code == 1);
  CHECK(done.err.find("mailcanary: mailbox of watch: ") != std::string::npos);
  CHECK(balanced_books(watch)["sent"] == 1);
  CHECK(std::filesystem::exists(watch.site() / "index.html"));
  CHECK(watch.ask({"status"})["routes"][0]["state"] == "unknown");
}
