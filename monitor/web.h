// What `run` serves: the page and its API, /healthz and /metrics.
#pragma once
#include <memory>

#include "config/config.h"
#include "monitor/station.h"
#include "monitor/web_server.h"

namespace mailcanary {

Result<std::unique_ptr<WebServer>> make_status_web(EventLoop& loop, const Config& config, Station& station);

}  // namespace mailcanary
