// Delivery of queued notices: what goes next, and what an answer means. Pure; any thread.
// Retry classes and backoff: 5 s doubling to 15 min with full jitter; Retry-After is obeyed. "resolved" is tried as
// long as "opened". Order is kept per incident and channel: a later notice waits for the earlier one.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "alerts/notice.h"
#include "core/clock.h"

namespace mailcanary {

struct Delivery {
  enum class Outcome {
    delivered,
    retry_later,    // no connection, TLS, timeout, 429, 5xx
    bad_payload,    // 400, 413, 422: final for this notice
    channel_stopped // 401, 403, 404, 410: after 30 s, then every 15 min, as long as all; others hear that it is dead
  } outcome = Outcome::retry_later;
  std::string detail;  // safe one-line text: "503 Service Unavailable"; never the URL or a secret
  std::optional<Duration> retry_after;
  std::string remote_ref;
};

// The notice to try now on this channel, out of all queued ones; nothing when none is due. Any queued one but
// "resolved" behind which a newer one of the same incident waits is collapsed into it: `collapsed` lists them, to be
// stored. The newer one keeps to the back-off of the one it replaces.
struct OutboxChoice {
  std::optional<Notice> next;
  std::vector<Notice> collapsed;
  std::optional<WallTime> wake_at;  // when to look again if nothing is due
};
OutboxChoice choose_next(const std::vector<Notice>& queued, const ChannelName& channel, WallTime now);

// The notice after an attempt: delivered, queued with next_attempt_at, or failed. `jitter` is uniform in 0..1.
Notice after_attempt(Notice notice, const Delivery& delivery, WallTime now, double jitter);

}  // namespace mailcanary
