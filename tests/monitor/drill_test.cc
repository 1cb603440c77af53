#include "monitor/drill.h"

#include <nlohmann/json.hpp>

#include "tests/alerts/http_server.h"
#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;
using End = DrillResult::End;

namespace {

struct Bed {
  EventLoop loop;
  Config config;
  std::vector<std::unique_ptr<TestHttpServer>> servers;

  void add(const char* name, const char* kind, std::vector<std::string> answers, std::map<std::string, ChannelSetting> more = {}) {
    servers.push_back(std::make_unique<TestHttpServer>(loop, std::move(answers)));
    Channel channel;
    channel.name = ChannelName(name);
    channel.kind = kind;
    channel.settings = std::move(more);
    channel.settings["url"].text = servers.back()->url("");
    config.channels.push_back(channel);
    if (config.notify.empty()) config.notify.emplace_back();
    config.notify.front().to.push_back(channel.name);
  }
  std::vector<DrillResult> run(const char* scenario, DrillOptions options = {}) {
    config.providers = {{ProviderName("shop"), "The Shop", "", {}}};
    options.by = "alice";
    return run_drill(loop, config, *drill_scenario(scenario), options);
  }
};

std::string kinds_of(const DrillResult& result) {
  std::string kinds;
  for (const auto& step : result.steps) kinds += (kinds.empty() ? "" : " ") + std::string(name_of(step.kind));
  return kinds;
}

const std::map<std::string, ChannelSetting> page_settings = {{"api_key", {"", Secret("k")}}, {"page", {"pg1", {}}}};

}  // namespace

TEST_CASE("every text of an exercise says so, and every scenario ends what it began") {
  EventLoop loop;
  Config config;
  config.providers = {{ProviderName("shop"), "The Shop", "", {}}};
  const WallTime now = loop.now().wall;
  Incident incident = exercise_incident(config, now);
  CHECK(incident.key.size() <= 64);
  for (const auto& scenario : drill_scenarios()) {
    CAPTURE(scenario.name);
    CHECK(scenario.kinds.front() == NoticeKind::opened);
    CHECK(scenario.kinds.back() == NoticeKind::resolved);
    for (const NoticeKind kind : scenario.kinds) {
      const Notice notice = exercise_notice(kind, ChannelName("x"), incident, "alice", now);
      for (const std::string& text : {notice.title, notice.text, notice.public_text, nlohmann::json::parse(notice.detail)["title"].get<std::string>()})
        CHECK(text.find("EXERCISE") != std::string::npos);
    }
  }
}

TEST_CASE("a drill goes through all channels on the same remote object, and says how each fared") {
  Bed bed;
  bed.add("hook", "webhook", {http_answer(503), http_answer(200), http_answer(200), http_answer(200)});
  bed.add("dead", "webhook", {http_answer(401)});
  const auto results = bed.run("recovery");
  REQUIRE(results.size() == 2);
  CHECK(results[0].end == End::told);
  CHECK(kinds_of(results[0]) == "opened updated resolved");
  CHECK(results[0].steps[0].attempts == 2);
  CHECK(results[1].end == End::failed);
  CHECK(results[1].fault == "opened after 1 attempt: 401 Unauthorized");
  const auto& posts = bed.servers[0]->requests();
  REQUIRE(posts.size() == 4);
  CHECK(posts[0].header("webhook-id") == posts[1].header("webhook-id"));
  CHECK(posts[2].body.find("EXERCISE, started by alice: nothing is wrong") != std::string::npos);
}

TEST_CASE("pages that customers read are spared unless they are asked for") {
  Bed spared;
  spared.add("page", "statuspage", {}, page_settings);
  const auto results = spared.run("outage");
  CHECK(results.at(0).end == End::spared);
  CHECK(spared.servers[0]->requests().empty());

  Bed asked;
  asked.add("page", "statuspage", {http_answer(200, "[]"), http_answer(201, R"({"id":"i1"})"), http_answer(200, R"({"id":"i1"})")}, page_settings);
  DrillOptions options;
  options.pages = DrillOptions::Pages::included;
  CHECK(asked.run("outage", options).at(0).end == End::told);
  const auto& requests = asked.servers[0]->requests();
  REQUIRE(requests.size() == 3);  // it looks first whether there is one already
  CHECK(requests[1].body.find(R"("name":"EXERCISE: The Shop: mail is not accepted")") != std::string::npos);
  CHECK(requests[2].line.starts_with("PATCH /v1/pages/pg1/incidents/i1 "));
}

TEST_CASE("a drill's patience with a silent channel ends") {
  Bed bed;
  bed.add("mute", "webhook", {TestHttpServer::silence});
  bed.config.channels.front().timeout = 100ms;
  DrillOptions options;
  options.patience = 200ms;
  const auto results = bed.run("outage", options);
  CHECK(results.at(0).end == End::failed);
  CHECK(results.at(0).fault.starts_with("opened after 1 attempt: "));
}

TEST_CASE("channels that no entry of notify names take no part, and unknown scenarios are none") {
  Bed bed;
  bed.add("hook", "webhook", {http_answer(200), http_answer(200)});
  bed.config.channels.push_back(bed.config.channels.front());
  bed.config.channels.back().name = ChannelName("idle");
  CHECK(bed.run("outage").size() == 1);
  CHECK(drill_scenario("flood") == nullptr);
}
