// Which mails a Postfix handed over or gave up, by its log: one for each recipient with a last word (status=sent, bounced
// or expired), by the domain it went to. Left out: bounces themselves (the empty sender), mail that only goes to a content
// filter on this host and comes back, and what is tried again later.
// Pure; one thread.
#pragma once
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "monitor/traffic/traffic.h"

namespace mailcanary {

// RFC 3339, or "Nov 28 15:27:54" in the time zone of this machine and the year that makes it nearest to `now`.
std::optional<WallTime> log_time(std::string_view line, WallTime now);

class PostfixLog {
 public:
  // Queue ids of bounces that were under way; what queue_ids() said.
  explicit PostfixLog(const std::vector<std::string>& bounces = {});
  std::vector<SentReading::Group> read(std::string_view lines, WallTime now);
  std::vector<std::string> queue_ids() const { return {order_.begin(), order_.end()}; }

 private:
  void note_sender(std::string_view queue_id, std::string_view rest);
  std::set<std::string, std::less<>> bounces_;
  std::deque<std::string> order_;
};

}  // namespace mailcanary
