// Recipients that fail in other ways than not to exist: each canary ends with the right fate and reason.
#include "core/units.h"
#include "tests/catch.h"
#include "tests/e2e/watch.h"
#include "tests/e2e/web_receiver.h"

using namespace mailcanary::testbed;
using namespace std::chrono_literals;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string one_canary(const std::string& times) {
  return "\nroutes:\n  - {from: shop, to: watch, every: 30d, " + times + "}\n";
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

TEST_CASE("a full mailbox is a bounce that says so, in trace and in history") {
  MailBed bed;
  bed.bounce(bed.address("watch"), "552 5.2.2 The recipient's mailbox is full and can't accept messages now");
  const Watch watch({account_of(bed, "shop"), account_of(bed, "watch")}, one_canary("late_after: 60s, lost_after: 4h"));
  const json canary = settled(watch);
  CHECK(canary["fate"] == "bounced");
  CHECK(canary["bounce"]["status"] == "5.2.2");
  CHECK(canary["bounce"]["reason"] == "mailboxfull");
  CHECK(has(canary["reason"], "mailbox is full"));
  const auto trace = watch.tell({"trace", canary["id"]});
  CHECK(has(trace.out, "bounced"));
  CHECK(has(trace.out, "mailboxfull"));
  CHECK(has(watch.tell({"history", "shop-watch"}).out, "mailbox is full"));
}

TEST_CASE("a greylisted recipient gets its canary late, and the hops say where it waited") {
  MailBed bed;
  bed.bounce(bed.address("watch"), "450 4.2.0 Greylisted, see you in a moment");
  const Watch watch({account_of(bed, "shop"), account_of(bed, "watch")}, one_canary("late_after: 2s, lost_after: 4h"));
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
}

TEST_CASE("a notice of delay keeps the canary pending and says so; an expired queue bounces it") {
  MailBed bed;
  bed.set_postfix("delay_warning_time=1s");
  bed.bounce(bed.address("watch"), "451 4.3.2 The system is not accepting messages now");
  const Watch watch({account_of(bed, "shop"), account_of(bed, "watch")}, one_canary("late_after: 60s, lost_after: 4h"));
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
}
