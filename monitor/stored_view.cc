#include "monitor/stored_view.h"

#include <algorithm>

#include "monitor/engine.h"
#include "monitor/page_history.h"

namespace mailcanary {

namespace {

constexpr Duration bit = std::chrono::minutes(5);  // of canaries, read at once

}  // namespace

Result<StatusView> stored_view(const Config& config, LedgerStore& store, Now now) {
  auto memory = read_memory(store, config, now.wall);
  if (!memory) return memory.error();
  auto past = PageHistory().read(store, config, now.wall);
  if (!past) return past.error();
  Engine engine(config, std::move(*memory), EngineRole::only_observes, now);
  while (const auto missing = engine.missing()) {
    const TimeSpan next{std::max(missing->from, missing->until - bit), missing->until};
    const auto canaries = read_canaries(store, config, next);
    if (!canaries) return canaries.error();
    engine.remember(*canaries, next.from);
  }
  engine.set_past(std::move(*past));
  engine.refresh(now.wall);
  return engine.view(now.wall);
}

}  // namespace mailcanary
