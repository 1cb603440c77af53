// What a provider says of itself: its status page, read now and then and laid beside what we find. It changes nothing
// that we decide. The page is another's: bounded, cleaned, and never waited for.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// A look at each of these pages, all at once: a slow one keeps no other waiting, and none is waited for longer than
// `patience`. A page may have a megabyte. Threads: the loop's; `http` must live until all have ended.
inline constexpr Duration upstream_patience = std::chrono::seconds(10);
Task<std::vector<UpstreamStatus>> look_upstream(EventLoop& loop, HttpClient& http, std::vector<std::string> urls,
                                                Duration patience = upstream_patience);

}  // namespace mailcanary
