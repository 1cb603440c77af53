// What `run` serves: the site, what happens as it happens (/events), what operators see, /healthz and /metrics.
#pragma once
#include <memory>
#include <string_view>

#include "config/config.h"
#include "monitor/published_site.h"
#include "monitor/station.h"
#include "monitor/web_people.h"
#include "monitor/web_server.h"

namespace mailcanary {

// A file of the site; "/" and folders are their index.html.
WebAnswer file_answer(const PublishedSite& site, std::string_view path);

Result<std::unique_ptr<WebServer>> make_status_web(EventLoop& loop, const Config& config, Station& station,
                                                   OperatorPage operators);

}  // namespace mailcanary
