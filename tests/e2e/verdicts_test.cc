// What the way does to mail, on real servers: OpenDKIM signs and checks, a filter alters, Sieve files into Junk. Each
// canary ends with the right fate, reason and verdicts, in trace, in history and in the notice.
#include <fmt/format.h>

#include "tests/catch.h"
#include "tests/e2e/watch.h"
#include "tests/e2e/web_receiver.h"

using namespace mailcanary::testbed;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const MailBedOptions signing{{"shop", "watch"}, 0, {"opendkim"}};

WatchedAccount trusting(const MailBed& bed) {
  WatchedAccount account = account_of(bed, "watch");
  account.more += ", authserv_id: mx.bed.example";
  return account;
}

std::string rest(const WebReceiver& receiver) {
  return "\nroutes:\n  - {from: shop, to: watch, every: 30d, late_after: 60s, lost_after: 4h, name: r}\n"
         "rules:\n"
         "  - {name: signatures, measure: verdict_failures, over: 1h, above: 60%, for: 0s, min_samples: 2, impact: minor}\n"
         "  - {name: junk, measure: junk_rate, over: 1h, above: 60%, for: 0s, min_samples: 2, impact: minor}\n"
         "channels:\n  hook: {webhook: {url: \"" + receiver.url() + "\"}}\n";
}

// Sends one more canary and waits for it; the newest of the route.
json one_more(const Watch& watch, int exit_code) {
  const auto done = watch.tell({"check", "r", "--wait", "60s"});
  CAPTURE(done.out, done.err);
  CHECK(done.exit_code == exit_code);
  return watch.canaries("r").at(0);
}

std::string trace(const Watch& watch, const json& canary) { return watch.tell({"trace", canary["id"]}).out; }
std::string history(const Watch& watch) { return watch.tell({"history", "r", "-n", "1"}).out; }

std::string notice(const Watch& watch, const WebReceiver& receiver) {
  REQUIRE(eventually([&] {
    watch.tell({"tick"});
    return !receiver.posts_of("opened").empty();
  }));
  return receiver.posts_of("opened")[0].json()["data"]["text"];
}

}  // namespace

TEST_CASE("a canary that OpenDKIM signed and found unbroken has dkim=pass, in trace and in history") {
  const MailBed bed(signing);
  const WebReceiver receiver;
  const Watch watch({account_of(bed, "shop"), trusting(bed)}, rest(receiver));
  const json canary = one_more(watch, 0);
  CAPTURE(canary.dump(1));
  CHECK(canary["fate"] == "delivered");
  CHECK(canary["reason"] == "");
  CHECK(canary["verdicts"]["dkim"] == "pass");
  CHECK(canary["changes"].empty());
  CHECK(has(trace(watch, canary), "dkim=pass"));
  CHECK_FALSE(has(trace(watch, canary), "altered"));
  CHECK(has(history(watch), "dkim=pass"));
}

TEST_CASE("a signature that breaks on the way is dkim=fail with what was altered, in trace, history and the notice") {
  MailBed bed(signing);
  const WebReceiver receiver;
  const Watch watch({account_of(bed, "shop"), trusting(bed)}, rest(receiver));
  bed.alter({"footer", "subject", "links"});
  const json canary = one_more(watch, 0);
  CAPTURE(canary.dump(1));
  CHECK(canary["fate"] == "delivered");
  CHECK(canary["verdicts"]["dkim"] == "fail");
  const std::vector<std::string> changes = canary["changes"];
  CHECK(changes == std::vector<std::string>{"Subject was changed (\"[SPAM?]\" put in front)",
                                            "links rewritten (1 of 1, to protect.bed.example)",
                                            "a footer of 80 bytes was added"});
  const std::string line = "altered on the way: " + changes[0] + "; " + changes[1] + "; " + changes[2];
  CHECK(has(trace(watch, canary), line));
  CHECK(has(trace(watch, canary), "dkim=fail"));
  CHECK(has(history(watch), "dkim=fail; " + line));
  one_more(watch, 0);
  CHECK(has(notice(watch, receiver), "2 of 2 canaries did not pass SPF, DKIM and DMARC"));
}

TEST_CASE("each alteration by itself is named, over IMAP and POP3 and in a Maildir") {
  MailBed bed;
  for (const std::string& inbox : {std::string(), fmt::format("pop3s://127.0.0.1:{}", bed.pop3s_port()),
                                   "maildir:" + bed.maildir("watch").string()}) {
    CAPTURE(inbox);
    WatchedAccount watched = account_of(bed, "watch");
    if (!inbox.empty()) watched.imap.clear();
    if (!inbox.empty()) watched.more += ", inbox: \"" + inbox + "\"";
    const WebReceiver receiver;
    const Watch watch({account_of(bed, "shop"), watched}, rest(receiver));
    const std::pair<std::string, std::string> alterations[] = {
        {"footer", "a footer of 80 bytes was added"},
        {"links", "links rewritten (1 of 1, to protect.bed.example)"},
        {"subject", "Subject was changed (\"[SPAM?]\" put in front)"}};
    for (const auto& [what, words] : alterations) {
      bed.alter({what});
      CHECK(one_more(watch, 0)["changes"] == json::array({words}));
    }
    bed.alter({"nothing"});
    CHECK(one_more(watch, 0)["changes"] == json::array());
  }
}

TEST_CASE("a canary that Sieve files into Junk ends as junked, in trace, history and the notice") {
  MailBed bed;
  bed.junk(bed.address("watch"));
  const WebReceiver receiver;
  const Watch watch({account_of(bed, "shop"), account_of(bed, "watch")}, rest(receiver));
  const json canary = one_more(watch, 1);
  CAPTURE(canary.dump(1));
  CHECK(canary["fate"] == "junked");
  CHECK(canary["folder"] == "Junk");
  CHECK(canary["reason"] == "filed into Junk");
  CHECK(has(trace(watch, canary), "junked: filed into Junk"));
  CHECK(has(history(watch), "filed into Junk"));
  one_more(watch, 1);
  CHECK(has(notice(watch, receiver), "2 of 2 canaries went to Junk"));
}

TEST_CASE("a canary that is delivered twice is one arrival with a copy, in trace, history and status") {
  MailBed bed;
  bed.alter({"twice"});
  const WebReceiver receiver;
  const Watch watch({account_of(bed, "shop"), account_of(bed, "watch")}, rest(receiver));
  json canary = one_more(watch, 0);
  REQUIRE(eventually([&] {
    watch.tell({"tick"});
    canary = watch.canaries("r").back();
    return canary["duplicates"] == 1;
  }));
  CHECK(canary["fate"] == "delivered");
  CHECK(canary["changes"].empty());
  CHECK(has(trace(watch, canary), "arrived again: 1 more copy"));
  CHECK(has(watch.tell({"history", "r"}).out, "1 more copy"));
  CHECK(eventually([&] { watch.tell({"tick"}); return messages_in(bed, "watch").empty(); }));
  balanced_books(watch);
}
