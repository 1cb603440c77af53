#include "alerts/outbox.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

constexpr Duration first_backoff = 5s;
constexpr Duration longest_backoff = 15min;
// Full jitter may draw nearly nothing, and a server may answer "Retry-After: 0" for ever; neither may become a storm.
constexpr Duration shortest_wait = 1s;
constexpr Duration longest_retry_after = 24h;  // core/http_client.h promises no more
// As long as the plan of Standard Webhooks, a long weekend. Every kind alike: a "resolved" is worth as much as an
// "opened".
constexpr Duration too_old = 72h;

// "Not Found" and the like mend when somebody sets them right, so often asking is no use. But a server that is just
// replaced says so for some seconds, and those on call must not wait a quarter of an hour for that.
constexpr Duration first_after_stop = 30s;
constexpr Duration after_stop = longest_backoff;

Duration backoff(int attempts, double jitter) {
  Duration ceiling = first_backoff;
  for (int i = 1; i < attempts && ceiling < longest_backoff; ++i) ceiling *= 2;
  ceiling = std::min(ceiling, longest_backoff);
  return std::chrono::duration_cast<Duration>(ceiling * std::clamp(jitter, 0.0, 1.0));
}

// The part of one incident's queue that the next delivery settles: up to the first "resolved", which must be told
// itself, or all of it.
std::span<const Notice> head_of(std::span<const Notice> queue) {
  const auto resolved = std::find_if(queue.begin(), queue.end(),
                                     [](const Notice& notice) { return notice.kind == NoticeKind::resolved; });
  if (resolved == queue.end()) return queue;
  return queue.first(static_cast<std::size_t>(resolved - queue.begin()) + 1);
}

// When the head may be tried; nothing: now. No wait is longer than the longest Retry-After, so a time further off than
// that was written by a clock that has since been set back.
std::optional<WallTime> waits_until(std::span<const Notice> head, WallTime now) {
  std::optional<WallTime> until;
  for (const auto& notice : head) {
    const auto next = notice.next_attempt_at;
    if (next && *next > now && *next <= now + longest_retry_after) until = std::max(until.value_or(*next), *next);
  }
  return until;
}

}  // namespace

OutboxChoice choose_next(const std::vector<Notice>& queued, const ChannelName& channel, WallTime now) {
  std::map<IncidentId, std::vector<Notice>> queues;
  for (const auto& notice : queued)
    if (notice.channel == channel && notice.state == NoticeState::queued) queues[notice.incident].push_back(notice);

  OutboxChoice choice;
  std::span<const Notice> chosen;
  for (auto& [incident, queue] : queues) {
    std::sort(queue.begin(), queue.end(), [](const Notice& a, const Notice& b) { return a.sequence < b.sequence; });
    const auto head = head_of(queue);
    if (const auto until = waits_until(head, now)) {
      choice.wake_at = std::min(choice.wake_at.value_or(*until), *until);
    } else if (chosen.empty() || head.back().created_at < chosen.back().created_at) {
      chosen = head;  // the oldest news first; incidents compare by id when they are of one moment
    }
  }
  if (chosen.empty()) return choice;

  choice.wake_at.reset();
  choice.next = chosen.back();
  for (const auto& notice : chosen.first(chosen.size() - 1)) {
    choice.collapsed.push_back(notice);
    choice.collapsed.back().state = NoticeState::collapsed;
    choice.collapsed.back().next_attempt_at.reset();
  }
  return choice;
}

Notice after_attempt(Notice notice, const Delivery& delivery, WallTime now, double jitter) {
  ++notice.attempts;
  notice.next_attempt_at.reset();
  const std::string detail = cut(one_line(delivery.detail), 200);
  if (delivery.outcome == Delivery::Outcome::delivered) {
    notice.state = NoticeState::delivered;
    notice.delivered_at = now;
    notice.last_error.clear();
    if (!delivery.remote_ref.empty()) notice.remote_ref = delivery.remote_ref;
    return notice;
  }
  notice.last_error = detail;
  if (delivery.outcome == Delivery::Outcome::bad_payload) {
    notice.state = NoticeState::failed;
  } else if (now - notice.created_at >= too_old) {
    notice.state = NoticeState::failed;
    notice.last_error = fmt::format("given up after {} in {}: {}", count_noun(notice.attempts, "attempt", "attempts"),
                                    human_duration(now - notice.created_at), detail);
  } else {
    const bool stopped = delivery.outcome == Delivery::Outcome::channel_stopped;
    const Duration own = stopped ? (notice.attempts == 1 ? first_after_stop : after_stop) : backoff(notice.attempts, jitter);
    const Duration wait = delivery.retry_after.value_or(own);
    notice.next_attempt_at = now + std::clamp(wait, shortest_wait, longest_retry_after);
  }
  return notice;
}

}  // namespace mailcanary
