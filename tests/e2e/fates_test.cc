// What can become of a canary on real servers: each ends with the right fate and reason, in trace, in history and in the
// notice.
#include "core/units.h"
#include "tests/catch.h"
#include "tests/e2e/watch.h"
#include "tests/e2e/web_receiver.h"

using namespace mailcanary::testbed;
using namespace std::chrono_literals;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// One canary is enough for an incident.
std::string one_canary(const std::string& times, const WebReceiver& receiver) {
  return "\nroutes:\n  - {from: shop, to: watch, every: 30d, " + times + "}\n" +
         "rules:\n"
         "  - {name: failing, measure: failure_rate, over: 1h, above: 1%, for: 0s, min_samples: 1, impact: major}\n"
         "  - {name: slow, measure: late_rate, over: 1h, above: 1%, for: 0s, min_samples: 1, impact: minor}\n"
         "channels:\n  hook: {webhook: {url: \"" + receiver.url() + "\"}}\n";
}

// Each text holds all of these words.
struct Told {
  std::vector<std::string> trace, history, notice;
};
void check_words(const std::string& text, const std::vector<std::string>& words) {
  CAPTURE(text);
  for (const auto& word : words) {
    CAPTURE(word);
    CHECK(has(text, word));
  }
}
void told_everywhere(const Watch& watch, const WebReceiver& receiver, const json& canary, const Told& told) {
  check_words(watch.tell({"trace", canary["id"]}).out, told.trace);
  check_words(watch.tell({"history", "shop-watch"}).out, told.history);
  REQUIRE(eventually([&] {
    watch.tell({"tick"});
    return !receiver.posts_of("opened").empty();
  }));
  check_words(receiver.posts_of("opened")[0].json()["data"]["text"], told.notice);
}

// Sends a canary from a `tick` and looks again with more of them until its fate is no longer this one.
json settled(const Watch& watch, const std::string& not_this = "pending") {
  json canary;
  const bool done = eventually([&] {
    watch.tell({"tick"});
    const auto canaries = watch.canaries("shop-watch");
    if (canaries.empty()) return false;
    canary = canaries[0];
    return canary["fate"] != not_this;
  });
  CAPTURE(canary.dump(1));
  REQUIRE(done);
  balanced_books(watch);
  return canary;
}

}  // namespace

TEST_CASE("an unknown user that is refused at once is rejected, one that is refused later has bounced") {
  MailBed bed;
  const WebReceiver receiver;
  const Watch watch({account_of(bed, "shop"), account_of(bed, "watch")},
                    one_canary("late_after: 60s, lost_after: 4h", receiver));
  SECTION("at once") {
    bed.refuse(bed.address("watch"));
    const json canary = settled(watch);
    CHECK(canary["fate"] == "rejected");
    CHECK(canary["bounce"].is_null());
    CHECK(has(canary["smtp_reply"], "550 5.1.1 "));
    told_everywhere(watch, receiver, canary,
                    {{"rejected", "rcpt to refused", "550 5.1.1"}, {"rejected", "550 5.1.1"}, {"failed", "rejected", "550 5.1.1"}});
  }
  SECTION("later") {
    bed.bounce(bed.address("watch"));
    const json canary = settled(watch);
    CHECK(canary["fate"] == "bounced");
    CHECK(canary["bounce"]["reason"] == "userunknown");
    CHECK(canary["bounce"]["hard"] == true);
    told_everywhere(watch, receiver, canary,
                    {{"bounced", "userunknown", "5.1.1"}, {"bounced", "userunknown"}, {"bounced", "userunknown", "5.1.1"}});
  }
}

TEST_CASE("a full mailbox is a bounce that says so, in trace, in history and in the notice") {
  MailBed bed;
  const WebReceiver receiver;
  bed.bounce(bed.address("watch"), "552 5.2.2 The recipient's mailbox is full and can't accept messages now");
  const Watch watch({account_of(bed, "shop"), account_of(bed, "watch")},
                    one_canary("late_after: 60s, lost_after: 4h", receiver));
  const json canary = settled(watch);
  CHECK(canary["fate"] == "bounced");
  CHECK(canary["bounce"]["status"] == "5.2.2");
  CHECK(canary["bounce"]["reason"] == "mailboxfull");
  CHECK(canary["bounce"]["hard"] == false);
  CHECK(has(canary["reason"], "mailbox is full"));
  told_everywhere(watch, receiver, canary,
                  {{"bounced", "mailboxfull"}, {"bounced", "mailbox is full"}, {"bounced", "mailbox is full"}});
}

TEST_CASE("a greylisted recipient gets its canary late, and the hops say where it waited") {
  MailBed bed;
  const WebReceiver receiver;
  bed.bounce(bed.address("watch"), "450 4.2.0 Greylisted, see you in a moment");
  const Watch watch({account_of(bed, "shop"), account_of(bed, "watch")}, one_canary("late_after: 2s, lost_after: 4h", receiver));
  watch.tell({"tick"});
  REQUIRE(eventually([&] {
    const auto status = watch.tell({"tick"});
    const auto canaries = watch.canaries("shop-watch");
    if (canaries.size() != 1 || canaries[0]["fate"] != "pending") return false;
    if (!has(watch.tell({"status"}).out, "not in the mailbox")) return false;  // overdue
    // The server stamps an arrival with whole seconds, rounded down: late by so much that it shows.
    const auto sent = mailcanary::parse_time(canaries[0]["sent_at"].get<std::string>());
    const auto now = mailcanary::parse_time(watch.ask({"status"})["generated_at"].get<std::string>());
    return *now - *sent >= std::chrono::seconds(4);
  }));
  bed.accept(bed.address("watch"));
  bed.release_queue();
  const json canary = settled(watch);
  CHECK(canary["fate"] == "late");
  CHECK(canary["bounce"].is_null());
  CHECK_FALSE(canary["hops"].empty());
  CHECK(canary["verdicts"]["dkim"] == "");
  told_everywhere(watch, receiver, canary,
                  {{"late: arrived after", "hops", "mail.bed.example"}, {"late", "arrived after"}, {"1 of 1 canary", "late"}});
}

TEST_CASE("a notice of delay keeps the canary pending and says so; an expired queue bounces it") {
  MailBed bed;
  const WebReceiver receiver;
  bed.set_postfix("delay_warning_time=1s");
  bed.bounce(bed.address("watch"), "451 4.3.2 The system is not accepting messages now");
  const Watch watch({account_of(bed, "shop"), account_of(bed, "watch")}, one_canary("late_after: 60s, lost_after: 4h", receiver));
  json canary;
  REQUIRE(eventually([&] {
    watch.tell({"tick"});
    canary = watch.canaries("shop-watch").at(0);
    return has(canary["reason"], "delayed");
  }));
  CAPTURE(canary.dump(1));
  CHECK(canary["fate"] == "pending");
  CHECK(canary["bounce"]["kind"] == "delayed");
  CHECK(has(canary["reason"], "not accepting messages"));

  bed.set_postfix("maximal_queue_lifetime=1s");
  bed.release_queue();
  const json bounced = settled(watch);
  CHECK(bounced["fate"] == "bounced");
  CHECK(has(bounced["bounce"]["diagnostic"], "not accepting messages"));
  CHECK(bounced["bounce"]["kind"] == "failed");
  told_everywhere(watch, receiver, bounced,
                  {{"bounced", "not accepting messages"}, {"bounced", "not accepting messages"}, {"bounced", "not accepting messages"}});
}

TEST_CASE("a lost canary that turns up becomes late, and the notice says that mail was delayed, not lost") {
  MailBed bed;
  const WebReceiver receiver;
  const std::string hook = "channels:\n  hook: {webhook: {url: \"" + receiver.url() + "\"}}\n";
  const Watch watch({account_of(bed, "shop"), account_of(bed, "watch")},
                    "\nroutes:\n  - {from: shop, to: watch, every: 1s, late_after: 2s, lost_after: 4s}\n" + hook);
  Daemon daemon(watch);
  REQUIRE(eventually([&] { return count_of(fates(watch.canaries("shop-watch")), "delivered") > 0; }));
  bed.hold_queue();
  REQUIRE(eventually([&] { return count_of(fates(watch.canaries("shop-watch")), "lost") >= 2; }));
  REQUIRE(eventually([&] { return !receiver.posts_of("opened").empty(); }));
  bed.release_queue();
  REQUIRE(eventually([&] { return !receiver.posts_of("resolved").empty(); }));
  CHECK(daemon.stop().exit_code == 0);

  const auto canaries = watch.canaries("shop-watch");
  CHECK(count_of(fates(canaries), "lost") == 0);
  int found_again = 0;
  for (const auto& canary : canaries) found_again += canary["fate"] == "late" && has(canary["reason"], "had been called lost");
  CHECK(found_again >= 2);
  const json told = receiver.posts_of("resolved").back().json()["data"];
  CAPTURE(told.dump(1));
  const int delayed = told["counts"]["delayed_arrived"];
  CHECK(delayed >= 2);
  CHECK(told["counts"]["lost"] == 0);
  CHECK(has(told["text"], "mail was delayed, not lost: " + std::to_string(delayed) + " of " + std::to_string(delayed) +
                              " delayed canaries arrived"));
  balanced_books(watch);
}
