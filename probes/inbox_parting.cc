#include "probes/inbox_parting.h"

namespace mailcanary {

namespace {
constexpr Duration patience = std::chrono::seconds(3);
}

Task<InboxReport> InboxParting::rest() {
  ended_.notify();
  for (;;) co_await loop_.sleep_for(std::chrono::hours(1));
}

Task<void> InboxParting::next_has_ended() {
  if (*running_) co_await ended_.wait_for(patience);
}

}  // namespace mailcanary
