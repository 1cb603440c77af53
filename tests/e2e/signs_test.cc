// Signs of our own life, and the ways to people beside the webhook.
#include <algorithm>

#include "tests/catch.h"
#include "tests/e2e/folder_provider.h"
#include "tests/e2e/watch.h"
#include "tests/e2e/web_receiver.h"

using namespace mailcanary::testbed;
using namespace std::chrono_literals;

namespace {

const std::string one_route = "\nroutes:\n  - {from: shop, to: shop, name: loop, every: 1s, late_after: 30s, lost_after: 10m}\n";

std::string path_of(const Post& post) {
  const auto from = post.line.find(' ') + 1;
  return post.line.substr(from, post.line.find_first_of("? ", from) - from);
}

std::string query_of(const Post& post) {
  const auto from = post.line.find('?');
  return from == std::string::npos ? "" : post.line.substr(from, post.line.rfind(' ') - from);
}

double delivered_in(const std::string& metrics) {
  const std::string name = "mailcanary_canaries_total{route=\"loop\",fate=\"delivered\"} ";
  const auto at = metrics.find(name);
  return at == std::string::npos ? -1 : std::stod(metrics.substr(at + name.size()));
}

}  // namespace

TEST_CASE("tick says that it lives, with start and end of each turn, and writes metrics that go on from turn to turn") {
  const FolderProvider provider;
  const WebReceiver receiver;
  const TestFolder folder;
  const auto file = folder.path / "mailcanary.prom";
  const Watch watch({provider.account()}, one_route + "heartbeats:\n  alive: {healthchecks: \"" + receiver.url() + "\"}\nmetrics: {textfile: " +
                                              file.string() + "}\n");
  double before = -1;
  CHECK(eventually([&] {
    const auto turn = watch.tell({"tick"});
    REQUIRE(turn.exit_code == 0);
    const double now = delivered_in(contents(file));
    CHECK(now >= before);
    before = now;
    return now >= 3;
  }));
  const auto posts = receiver.posts();
  REQUIRE(posts.size() >= 4);
  CHECK(posts.size() % 2 == 0);
  CHECK(path_of(posts[0]) == "/hook/start");
  CHECK(path_of(posts[1]) == "/hook");
  CHECK(query_of(posts[0]) == query_of(posts[1]));
  CHECK(query_of(posts[0]).starts_with("?rid="));
  CHECK(query_of(posts[1]) != query_of(posts[3]));
  CHECK(posts[1].body == "incidents=0 queued=0\n");
}

TEST_CASE("a heartbeat goes on while mail fails, and a textfile that cannot be written is a trouble of the turn") {
  const FolderProvider provider;
  const WebReceiver receiver;
  const Watch watch({provider.account()}, one_route + "heartbeats:\n  alive: {url: \"" + receiver.url() + "\"}\nmetrics: {textfile: /nowhere/at/all.prom}\n");
  provider.go_down();
  const auto turn = watch.tell({"tick"});
  CHECK(turn.exit_code == 1);
  CHECK(turn.err.find("/nowhere/at/all.prom") != std::string::npos);
  REQUIRE(receiver.posts().size() == 1);
  CHECK(receiver.posts()[0].line.starts_with("GET /hook "));
}

TEST_CASE("a notice goes by mail through a provider that is not watched, and the end of the incident stands in its thread") {
  const FolderProvider provider;
  const MailBed bed({{"alarm", "boss"}, 0});
  const Watch watch({provider.account(), account_of(bed, "alarm")},
                    one_route + "rules:\n  - {name: broken, measure: consecutive_failures, above: 1, impact: major, recover: 1}\n"
                                "channels:\n  boss: {mail: {account: alarm, to: " + bed.address("boss") + "}}\n");
  Daemon daemon(watch);
  provider.go_down();
  REQUIRE(eventually([&] { return messages_in(bed, "boss").size() == 1; }));
  const std::string opened = contents(messages_in(bed, "boss")[0]);
  CHECK(opened.find("\nSubject: [major] ") != std::string::npos);
  CHECK(opened.find("\nAuto-Submitted: auto-generated") != std::string::npos);
  CHECK(opened.find("First error: ") != std::string::npos);
  provider.come_back();
  REQUIRE(eventually([&] { return messages_in(bed, "boss").size() >= 2; }));
  std::string all;
  for (const auto& file : messages_in(bed, "boss")) all += contents(file);
  CHECK(all.find("\nSubject: [resolved] ") != std::string::npos);
  const auto at = opened.find("\nReferences: ");
  REQUIRE(at != std::string::npos);
  const std::string thread = opened.substr(at, opened.find('\n', at + 1) - at);
  CHECK(all.find(thread, all.find(thread) + 1) != std::string::npos);
}

TEST_CASE("a channel's pace is kept, and what waits meanwhile is told as it then stands") {
  const FolderProvider provider;
  const WebReceiver receiver;
  const Watch watch({provider.account()},
                    one_route + "rules:\n  - {name: broken, measure: consecutive_failures, above: 0, impact: major, recover: 1}\n"
                                "flap_hold: 0s\nchannels:\n  hook: {webhook: {url: \"" + receiver.url() + "\"}, pace: 6s}\n");
  Daemon daemon(watch);
  provider.go_down();
  REQUIRE(eventually([&] { return receiver.posts().size() == 1; }));
  provider.come_back();
  REQUIRE(eventually([&] { return receiver.posts().size() == 2; }));
  const auto posts = receiver.posts();
  CHECK(posts[0].type() == "mailcanary.incident.opened");
  CHECK(posts[1].type() == "mailcanary.incident.resolved");
  CHECK(posts[1].at - posts[0].at >= 5900ms);
}

TEST_CASE("drill tells each channel that it is an exercise, reports, and leaves no incident behind") {
  const FolderProvider provider;
  const WebReceiver receiver;
  const Watch watch({provider.account()}, one_route + "channels:\n  hook: {webhook: {url: \"" + receiver.url() +
                                              "\"}}\n  dead: {webhook: {url: \"http://127.0.0.1:1/\"}, timeout: 1s}\n  screen: {log: {}}\n");
  const auto drill = watch.tell({"drill", "outage", "--wait", "2s"});
  CAPTURE(drill.out, drill.err);
  CHECK(drill.exit_code == 1);
  CHECK(drill.out.find("told    hook (webhook)  opened ") != std::string::npos);
  CHECK(drill.out.find("failed  dead (webhook)  opened after ") != std::string::npos);
  const auto posts = receiver.posts();
  REQUIRE(posts.size() == 2);
  for (const auto& post : posts) CHECK(post.body.find("EXERCISE") != std::string::npos);
  watch.tell({"tick"});
  CHECK(watch.ask({"incident", "list"}).empty());

  const auto told = watch.tell({"drill", "flood"});
  CHECK(told.exit_code == 2);
  CHECK(told.err.find("there is no scenario flood; use one of outage, recovery, escalation, all") != std::string::npos);
}
