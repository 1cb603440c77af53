#include "monitor/web.h"

#include <fmt/format.h>

#include "alerts/status_site.h"
#include "monitor/metrics.h"
#include "monitor/web_events.h"
#include "monitor/web_people.h"

namespace mailcanary {

namespace {

// A loop that has not turned for so long is not well, whatever else it says.
constexpr Duration healthy_turn = std::chrono::seconds(60);

WebAnswer text_answer(int status, std::string text) {
  WebAnswer answer;
  answer.status = status;
  answer.body = std::make_shared<const std::string>(std::move(text));
  return answer;
}

WebAnswer health(Station& station, WallTime now) {
  const std::string& fault = station.engine().ledger_fault();
  if (!fault.empty()) return text_answer(503, "the ledger cannot record\n");
  if (now - station.last_turn() > healthy_turn) return text_answer(503, "the loop stands still\n");
  return text_answer(200, "ok\n");
}

WebAnswer metrics(const Station& station) {
  WebAnswer answer = text_answer(200, station.metrics_text());
  answer.content_type = metrics_content_type;
  return answer;
}

// Within a frame of another site a page could be made to be clicked unawares; a header alone can forbid it.
std::string served_policy() { return site_policy() + "; frame-ancestors 'none'"; }

struct Web {
  EventLoop& loop;
  const Config& config;
  Station& station;
  OperatorPage operators;
  std::shared_ptr<WebEvents> events;
};

Task<WebAnswer> answer(std::shared_ptr<Web> web, WebRequest request) {
  if (is_for_people(request.path)) {
    WebAnswer people = co_await answer_people(web->loop, web->config, web->station, web->operators, std::move(request));
    co_return people;
  }
  if (request.method == "POST") co_return text_answer(405, "nothing is posted here\n");
  if (request.path == "/healthz") co_return health(web->station, web->loop.now().wall);
  if (request.path == "/metrics") co_return metrics(web->station);
  if (request.path == "/events") {
    WebAnswer listen = text_answer(200, "");
    listen.events = web->events;
    co_return listen;
  }
  co_return file_answer(web->station.site(), request.path);
}

}  // namespace

WebAnswer file_answer(const PublishedSite& site, std::string_view path) {
  const std::string file = std::string(path.substr(1)) + (path.ends_with('/') ? "index.html" : "");
  const auto found = site.find(file);
  if (found == site.end()) {
    if (!site.contains(file + "/index.html")) return text_answer(404, "there is no such page here\n");
    WebAnswer there = text_answer(308, "see there\n");
    there.location = std::string(path) + "/";
    return there;
  }
  static const std::string policy = served_policy();
  WebAnswer answer;
  answer.content_type = found->second.type;
  answer.body = found->second.body;
  answer.gzip = found->second.gzip;
  answer.tag = found->second.tag;
  answer.policy = policy;
  answer.cross_origin = is_for_everybody(file);
  return answer;
}

Result<std::unique_ptr<WebServer>> make_status_web(EventLoop& loop, const Config& config, Station& station,
                                                   OperatorPage operators) {
  auto web = std::make_shared<Web>(Web{loop, config, station, operators, std::make_shared<WebEvents>(loop)});
  station.on_published([&station, events = web->events] {
    const auto live = station.site().find("live.json");
    if (live != station.site().end()) events->tell(*live->second.body);
  });
  return make_web_server(loop, config.status.listen_host, config.status.listen_port,
                         [web](WebRequest request) { return answer(web, std::move(request)); });
}

}  // namespace mailcanary
