// `anchors`: `run` asks them when its mail servers are gone. (That they make our own network the culprit is for the
// simulator to show: here every connection is refused, and whoever refuses shows that our side works.)
#include <memory>

#include "tests/catch.h"
#include "tests/e2e/watch.h"
#include "tests/e2e/web_receiver.h"

using namespace mailcanary::testbed;

namespace {

MailBed& bed() {
  static MailBed bed;
  return bed;
}

json only_incident(const Watch& watch) {
  const json status = watch.ask({"status"});
  return status["incidents"].size() == 1 ? status["incidents"][0] : json{{"status", "none"}};
}

}  // namespace

TEST_CASE("anchors are asked when mail servers are gone, and servers that refuse are not our own network") {
  const bool anchored = GENERATE(true, false);
  CAPTURE(anchored);
  const WebReceiver people;
  auto elsewhere = std::make_unique<WebReceiver>();
  const Watch watch({account_of(bed(), "shop"), account_of(bed(), "watch")},
                    "anchors: [\"" + elsewhere->url() + "\"]\n" +
                        "routes:\n  - {mesh: [shop, watch], every: 3s, late_after: 10s, lost_after: 10m}\n" +
                        "channels:\n  people: {webhook: {url: \"" + people.url() + "\"}}\n");
  Daemon daemon(watch);
  REQUIRE(eventually([&] { return all_ok(watch); }));
  if (!anchored) elsewhere.reset();
  {
    const Afterwards start{[] {
      bed().start_dovecot();
      bed().start_postfix();
    }};
    bed().stop_dovecot();
    bed().stop_postfix();
    REQUIRE(eventually([&] { return only_incident(watch)["status"] != "none"; }));
    const auto silent = [&] { return daemon.log().find("none of 1 anchor answers") != std::string::npos; };
    CHECK(eventually(silent, anchored ? std::chrono::seconds(5) : patience) == !anchored);
    const json incident = only_incident(watch);
    CAPTURE(incident.dump(1), daemon.log());
    CHECK(incident["blames"]["self"] == false);
  }
  CHECK(eventually([&] { return people.posts_of("resolved").size() == 1; }));
  CHECK(daemon.stop().exit_code == 0);
}
