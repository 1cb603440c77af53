// What a provider says of itself: its status page, read now and then and laid beside what we find. It changes nothing
// that we decide. The page is another's: bounded, cleaned, and never waited for.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"
#include "core/clock.h"
#include "core/event_loop.h"
#include "core/http_client.h"
#include "core/result.h"

namespace mailcanary {

struct UpstreamStatus {
  WallTime at;        // when it was read
  std::string says;   // one safe line: "All Systems Operational"; of a feed: "latest entry: … (24 Nov 2026)"
  std::string fault;  // why it could not be read; then `says` is empty
};

// Statuspage's JSON v2 (summary.json, status.json) by its first character, else an Atom or RSS feed. protocol: neither.
// Pure; any thread.
Result<std::string> read_upstream(std::string_view body);
// "All Systems Operational (14:02 UTC)"; empty when it could not be read.
std::string upstream_words(const UpstreamStatus& status, WallTime now);
// For the ledger.
std::string upstream_to_text(const UpstreamStatus& status);
std::optional<UpstreamStatus> upstream_from_text(std::string_view text);
std::string upstream_fact(const ProviderName& provider);  // under which name

// One look, within ten seconds and a megabyte. Threads: the loop's.
Task<UpstreamStatus> look_upstream(EventLoop& loop, HttpClient& http, std::string url);

}  // namespace mailcanary
