#include "monitor/web.h"

#include <fmt/format.h>

#include "alerts/status_site.h"
#include "monitor/metrics.h"

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

}  // namespace

Result<std::unique_ptr<WebServer>> make_status_web(EventLoop& loop, const Config& config, Station& station) {
  WebServer::Handler answer = [&loop, &station](const WebRequest& request) {
    if (request.path == "/healthz") return health(station, loop.now().wall);
    if (request.path == "/metrics") {
      WebAnswer metrics = text_answer(200, station.metrics_text());
      metrics.content_type = metrics_content_type;
      return metrics;
    }
    const std::string file = request.path == "/" ? "index.html" : request.path.substr(1);
    const auto found = station.site().find(file);
    if (found == station.site().end()) return text_answer(404, "there is no such page here\n");
    WebAnswer page;
    page.content_type = content_type_of(file);
    page.body = found->second;
    page.policy = site_policy();
    page.cross_origin = file.starts_with("api/");
    return page;
  };
  return make_web_server(loop, config.status.listen_host, config.status.listen_port, std::move(answer));
}

}  // namespace mailcanary
