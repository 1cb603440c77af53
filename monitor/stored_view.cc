#include "monitor/stored_view.h"

#include "monitor/day_bars.h"
#include "monitor/engine.h"

namespace mailcanary {

Result<StatusView> stored_view(const Config& config, LedgerStore& store, Now now) {
  auto memory = read_memory(store, config, now.wall);
  if (!memory) return memory.error();
  auto days = store.rollups(std::chrono::hours(24), first_day_shown(now.wall));
  if (!days) return days.error();
  Engine engine(config, std::move(*memory), EngineRole::only_observes, now);
  DayBars bars;
  bars.add(config, *days);
  engine.set_days(bars.last_days(now.wall));
  engine.refresh(now.wall);
  return engine.view(now.wall);
}

}  // namespace mailcanary
