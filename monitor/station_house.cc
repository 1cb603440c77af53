// What the station does now and then: the page, other people's pages, orders, and what is read of the past.
#include <algorithm>

#include "core/log.h"
#include "core/text.h"
#include "monitor/metrics.h"
#include "monitor/station.h"

namespace mailcanary {

namespace {

constexpr Duration commit_is_visible = std::chrono::seconds(10);  // after its first byte was written

}  // namespace

bool Station::page_is_stale(WallTime now) const {
  return news_ || now - published_at_ >= options_.refresh || now < published_at_;
}

Task<void> Station::wait_for_news(Duration at_most) { co_await page_news_.wait_for(at_most); }

Task<Result<void>> Station::publish() {
  struct Work {
    StatusView view;
    std::shared_ptr<const PublishedSite> site;
    Result<void> written;
  };
  const Now now = loop_.now();
  news_ = false;
  published_at_ = now.wall;
  auto work = std::make_shared<Work>(Work{engine_->view(now.wall), site_, {}});
  work->view.refresh = options_.refresh;
  const std::string metrics = config_.metrics_textfile.empty() ? "" : metrics_text();
  // A large site takes its time to write; the loop has other things to do.
  std::function<void()> make = [work, dir = config_.status.dir, metrics, textfile = config_.metrics_textfile] {
    const SiteFiles files = render_site(work->view);
    work->site = make_published_site(files, *work->site);
    if (!textfile.empty()) work->written = write_file_atomically(textfile, metrics, FileMode::world_readable);
    if (dir.empty()) return;
    auto published = publish_site(files, dir);
    if (!published) work->written = published;
  };
  co_await run_in_thread(loop_, std::move(make));
  site_ = work->site;
  if (on_published_) on_published_();
  co_return work->written;
}

Task<void> Station::look_upstream() {
  const std::vector<ProviderName> due = engine_->upstream_due(loop_.now().wall);
  if (due.empty()) co_return;
  std::vector<std::string> urls;
  for (const auto& name : due) urls.push_back(config_.provider(name)->upstream_status);
  std::vector<UpstreamStatus> found = co_await mailcanary::look_upstream(loop_, http_, std::move(urls));
  for (std::size_t i = 0; i < due.size(); ++i) {
    if (!found[i].fault.empty()) log_info("status page not read: provider={} reason=\"{}\"", due[i].str(), found[i].fault);
    engine_->upstream_read(due[i], found[i]);
  }
}

Task<void> Station::ask_anchors() {
  if (config_.anchors.empty()) co_return;
  const AnchorsTried tried = co_await try_anchors(loop_, config_.anchors);
  engine_->anchors_tried(tried, loop_.now().wall);
  if (tried.answered == 0) {
    log_warning("none of {} answers{}", count_noun(tried.asked, "anchor", "anchors"),
                engine_->trusts_anchors() ? "" : ", and none ever has: until one does they say nothing; look at anchors: in the config");
  }
  event_.notify();
}

Task<void> Station::watch_anchors() {
  while (!closing_) {
    co_await ask_anchors();
    co_await anchors_wanted_.wait_for(std::chrono::hours(1));
  }
}

// Whoever writes into the ledger changes this file: a look at it wakes nobody. Nothing: look into it.
std::optional<std::filesystem::file_time_type> Station::ledger_stamp() const {
  std::filesystem::path log = config_.ledger.path;
  log += "-wal";
  std::error_code fault;
  const auto changed = std::filesystem::last_write_time(log, fault);
  if (fault) return std::nullopt;
  const auto age = loop_.now().wall - std::chrono::time_point_cast<Duration>(std::chrono::file_clock::to_sys(changed));
  // What was written a moment ago may not be visible yet.
  return age > commit_is_visible ? std::optional(changed) : std::nullopt;
}

Task<void> Station::take_orders() {
  orders_looked_at_ = loop_.now().mono;
  const auto stamp = ledger_stamp();
  if (taking_orders_ || (stamp && stamp == ledger_seen_)) co_return;
  taking_orders_ = true;
  struct Read {
    std::int64_t newest = 0;
    std::optional<Orders> orders;
    bool done = false;
  };
  auto read = std::make_shared<Read>();
  std::function<void(LedgerStore&)> look = [read, seen = orders_seen_, now = loop_.now().wall](LedgerStore& store) {
    const auto newest = store.newest_act();
    read->done = newest && *newest == seen;
    if (!newest || read->done) return;
    auto orders = read_orders(store, now);
    if (!orders) return;
    read->done = true;
    read->newest = *newest;
    read->orders = std::move(*orders);
  };
  co_await ledger_->with_store(std::move(look));
  taking_orders_ = false;
  if (read->done) ledger_seen_ = stamp;
  if (!read->orders) co_return;
  orders_seen_ = read->newest;
  engine_->ordered(std::move(*read->orders));
  event_.notify();
}

Task<void> Station::load_history() {
  auto past = std::make_shared<Result<PagePast>>(PagePast{});
  std::function<void(LedgerStore&)> read = [past, history = history_, &config = config_,
                                            now = loop_.now().wall](LedgerStore& store) {
    *past = history->read(store, config, now);
  };
  co_await ledger_->with_store(std::move(read));
  if (*past) engine_->set_past(std::move(**past));  // else what the page shows stays
}

Task<void> Station::load_canaries() {
  const Duration bit = std::chrono::minutes(1);
  // The newest first: short windows are full the soonest.
  while (engine_->missing() && !closing_) {
    const TimeSpan missing = *engine_->missing();
    const TimeSpan next{std::max(missing.from, missing.until - bit), missing.until};
    auto canaries = std::make_shared<Result<std::vector<Canary>>>(std::vector<Canary>{});
    std::function<void(LedgerStore&)> read = [canaries, next, &config = config_](LedgerStore& store) {
      *canaries = read_canaries(store, config, next);
    };
    co_await ledger_->with_store(std::move(read));
    if (!*canaries) {
      log_warning("canaries of before the start are read later: {}", canaries->error().message);
      co_return;
    }
    engine_->remember(**canaries, next.from);
  }
  event_.notify();
}

Task<void> Station::load_hours() {
  const Duration bit = std::chrono::hours(1);
  // The newest first: they say most of today.
  while (hours_later_ && !closing_) {
    const TimeSpan next{std::max(hours_later_->from, hours_later_->until - bit), hours_later_->until};
    auto hours = std::make_shared<std::vector<Rollup>>();
    std::function<void(LedgerStore&)> read = [hours, next](LedgerStore& store) {
      auto found = read_hours(store, next);
      if (found) *hours = std::move(*found);
    };
    co_await ledger_->with_store(std::move(read));
    engine_->remember_hours(*hours);
    hours_later_->until = next.from;
    if (hours_later_->from >= hours_later_->until) hours_later_.reset();
  }
}

Task<void> Station::adopt() {
  // The ledger calls pending what was settled since it took the last record.
  if (!engine_->ledger_fault().empty()) co_return;
  auto pending = std::make_shared<std::vector<Canary>>();
  std::function<void(LedgerStore&)> read = [pending](LedgerStore& store) {
    auto found = store.pending();
    if (found) *pending = std::move(*found);
  };
  co_await ledger_->with_store(std::move(read));
  engine_->adopt(std::move(*pending), loop_.now().wall);
}

Task<void> Station::retire() {
  for (;;) {
    auto work = std::make_shared<Result<LedgerStore::Work>>(LedgerStore::Work::done);
    const WallTime now = loop_.now().wall;
    std::function<void(LedgerStore&)> step = [work, now, retention = config_.retention](LedgerStore& store) {
      *work = store.retire(retention, now);
    };
    co_await ledger_->with_store(std::move(step));
    if (!*work) log_warning("old rows stay for now: {}", work->error().message);
    if (!*work || **work == LedgerStore::Work::done) co_return;
  }
}

}  // namespace mailcanary
