#include "monitor/stored_view.h"

#include "monitor/engine.h"
#include "monitor/page_history.h"

namespace mailcanary {

Result<StatusView> stored_view(const Config& config, LedgerStore& store, Now now) {
  auto memory = read_memory(store, config, now.wall);
  if (!memory) return memory.error();
  auto past = PageHistory().read(store, config, now.wall);
  if (!past) return past.error();
  Engine engine(config, std::move(*memory), EngineRole::only_observes, now);
  engine.set_past(std::move(*past));
  engine.refresh(now.wall);
  return engine.view(now.wall);
}

}  // namespace mailcanary
