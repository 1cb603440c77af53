#include "monitor/station.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/log.h"
#include "core/units.h"
#include "monitor/batches.h"
#include "monitor/ledger_location.h"
#include "monitor/metrics.h"
#include "monitor/notice_mail.h"

namespace mailcanary {

namespace {

constexpr Duration record_patience = std::chrono::seconds(10);
constexpr Duration try_again = std::chrono::seconds(1);  // what could not be recorded
constexpr Duration shortest_pause = std::chrono::milliseconds(10);  // between turns that time alone asks for
constexpr Duration farewell = std::chrono::seconds(3);
// To look for orders costs two wake-ups of each thread; right after a commit it costs hardly anything.
constexpr Duration orders_beside_commits = std::chrono::milliseconds(200);

// A crash that takes these back does no harm: the canary is pending again and its message, not deleted yet, is found
// once more, with the time at which its server stored it.
bool may_be_lost(const Batch& batch) {
  return batch.sent.empty() && batch.incidents.empty() && batch.notices.empty() && batch.acts.empty() &&
         std::all_of(batch.changed.begin(), batch.changed.end(), [](const Canary& canary) {
           return canary.fate == Fate::pending || arrived(canary.fate);
         });
}

}  // namespace

Station::Station(EventLoop& loop, const Config& config, StationOptions options)
    : loop_(loop), config_(config), options_(options), http_(loop), mail_(make_mail_sender(loop, config)), event_(loop), submitted_(loop), answered_(loop), page_news_(loop), delivered_(loop) {}

Station::~Station() = default;

Result<void> Station::watch_mailbox(const Account& account, LedgerStore& store, const EngineMemory& memory, WallTime now) {
  if (!account.inbox || mailboxes_.contains(account.name)) return {};
  InboxOptions inbox;
  inbox.account = account;
  inbox.signing_key = config_.signing_key;
  inbox.heartbeat = options_.heartbeat;
  auto cursors = store.cursors(account.name);
  if (!cursors) return cursors.error();
  inbox.cursors = std::move(*cursors);
  // Canaries may be sent, and arrive or come back, before the first look. `check` looks first where its one arrives.
  const bool canaries_end_here = std::any_of(config_.routes.begin(), config_.routes.end(),
                                             [&](const Route& route) { return route.to == account.name; });
  if (options_.role == EngineRole::decides || !canaries_end_here) inbox.since = now;
  if (!memory.pending.empty()) inbox.since = memory.pending.front().sent_at;
  if (account.bounces) look_back_for_bounces(account.name, memory, now, inbox);
  auto leftovers = store.to_remove(account.name);
  if (!leftovers) return leftovers.error();
  inbox.handled = *leftovers;
  auto made = make_inbox(loop_, std::move(inbox));
  if (!made) return made.error();
  Mailbox& mailbox = mailboxes_[account.name];
  mailbox.inbox = std::move(*made);
  mailbox.recorded = std::make_unique<Wakeup>(loop_);
  mailbox.forget = std::move(*leftovers);
  return {};
}

Result<std::unique_ptr<Station>> Station::open(EventLoop& loop, const Config& config, StationOptions options) {
  auto store = open_ledger(config, LedgerOpen::create_or_migrate);
  if (!store) return store.error();
  const Now now = loop.now();
  auto memory = read_memory(**store, config, now.wall);
  if (!memory) return memory.error();

  std::unique_ptr<Station> station(new Station(loop, config, options));
  for (const auto& route : config.routes) {
    auto& submitter = station->submitters_[route.from];
    if (!submitter) submitter = make_submitter(loop, {*config.account(route.from)});
    // Bounces come back to the sender's mailbox; it is read when the account has one.
    for (const auto& name : {route.to, route.from}) {
      const auto watched = station->watch_mailbox(*config.account(name), **store, *memory, now.wall);
      if (!watched) return watched.error();
    }
  }
  if (options.role == EngineRole::decides) {
    const auto watched = station->watch_traffic(**store, *memory, now.wall);
    if (!watched) return watched.error();
  }
  for (const auto& channel : config.channels) {
    auto adapter = make_channel({loop, station->http_, station->mail_.get()}, channel);
    if (!adapter) return adapter.error();
    Outlet& outlet = station->outlets_[channel.name];
    outlet.adapter = std::move(*adapter);
    outlet.wake = std::make_unique<Wakeup>(loop);
    outlet.pace = channel.pace;
  }
  station->hours_later_ = memory->hours_later;
  station->engine_ = std::make_unique<Engine>(config, std::move(*memory), options.role, now);
  station->ledger_ = std::make_unique<Ledger>(loop, std::move(*store));
  return station;
}

Task<void> Station::take_turn(std::vector<std::size_t> due) {
  const Now now = loop_.now();
  Turn turn = engine_->turn(due, now);
  last_turn_ = now.wall;
  wake_at_ = turn.wake_at;
  news_ = news_ || turn.news;
  if (turn.news) page_news_.notify();

  std::vector<Canary> settled;
  if (options_.on_settled) {
    for (const auto& canary : turn.record.changed) {
      const bool again = !settled.empty() && settled.back().id == canary.id;
      if (canary.fate != Fate::pending && !again) settled.push_back(canary);
    }
  }
  for (auto& message : turn.forget) to_forget_.push_back(std::move(message));
  const Recorded recorded = co_await record(std::move(turn.record));
  if (recorded == Recorded::no) {
    engine_->not_recorded(turn.send, engine_->ledger_fault(), now.wall);
    for (auto& [name, outlet] : outlets_) outlet.wake->notify();  // people must hear of it all the same
    co_return;
  }
  for (const auto& canary : settled) options_.on_settled(canary);
  for (auto& canary : turn.send) {
    ++submissions_;
    newest_sent_ = canary.id;
    loop_.spawn(send(std::move(canary)));
  }
  if (recorded == Recorded::yes) {
    for (auto& message : std::exchange(to_forget_, {})) {
      Mailbox& mailbox = mailboxes_.at(message.account);
      mailbox.forget.push_back(std::move(message.message));
      mailbox.recorded->notify();
    }
  }
  for (auto& [name, mailbox] : mailboxes_) {
    const Expected expected = engine_->outstanding(name);
    if (expected != mailbox.told) mailbox.inbox->expect(expected, now);
    mailbox.told = expected;
  }
  for (const auto& name : turn.look) {
    const auto mailbox = mailboxes_.find(name);
    if (mailbox != mailboxes_.end()) mailbox->second.inbox->look_now();
  }
  if (turn.news) {
    for (auto& [name, outlet] : outlets_) outlet.wake->notify();
  }
}

Task<void> Station::take_turn() {
  std::vector<std::size_t> nothing;
  co_await take_turn(std::move(nothing));
}

Task<void> Station::wait_for_event(Duration at_most) {
  if (wake_at_) at_most = std::clamp<Duration>(*wake_at_ - loop_.now().wall, shortest_pause, std::max(at_most, shortest_pause));
  co_await event_.wait_for(at_most);
}

// What could not be recorded is kept and goes first the next time.
Task<Station::Recorded> Station::record(Batch batch) {
  append(unrecorded_, std::move(batch));
  if (unrecorded_.empty()) co_return Recorded::yes;
  const MonoTime now = loop_.now().mono;
  if (!held_since_) held_since_ = now;
  if (failed_at_ && now - *failed_at_ < try_again && !closing_) co_return Recorded::no;
  const bool haste = closing_ || !engine_->ledger_fault().empty() || !may_be_lost(unrecorded_);
  if (!haste && now - *held_since_ < options_.record_within) co_return Recorded::held;
  held_since_.reset();
  drop_superseded(unrecorded_);
  const bool look_for_orders = orders_looked_at_ && now - *orders_looked_at_ >= orders_beside_commits;
  if (look_for_orders) loop_.post([this] { loop_.spawn(take_orders()); });  // behind the commit, which is asked for first
  Batch attempt = unrecorded_;
  auto committed = co_await ledger_->commit(std::move(attempt));
  if (!committed) {
    if (engine_->ledger_fault().empty()) log_error("the ledger cannot record: {}", committed.error().message);
    engine_->ledger_fault(committed.error().message);
    failed_at_ = loop_.now().mono;
    co_return Recorded::no;
  }
  if (!engine_->ledger_fault().empty()) log_info("the ledger records again");
  engine_->ledger_fault("");
  failed_at_.reset();
  unrecorded_ = {};
  co_return Recorded::yes;
}

Task<void> Station::send(Canary canary) {
  const Account& from = *config_.account(canary.from);
  const Account& to = *config_.account(canary.to);
  const Route* route = config_.route(canary.route);
  ComposedCanary composed = compose_canary(canary, from, to, route ? route->padding : 0, config_.signing_key, "");
  Duration patience = options_.submit_patience;
  if (options_.submit_by) patience = std::min(patience, *options_.submit_by - loop_.now().mono);
  SubmitOutcome outcome = co_await submitters_.at(canary.from)->submit(std::move(composed), patience);
  engine_->submitted(canary.id, outcome, loop_.now());
  if (outcome.verdict != SubmitOutcome::Verdict::accepted) {
    log_info("canary not accepted: id={} route={} verdict={} reason=\"{}\"", canary.id.str(), canary.route.str(),
             name_of(outcome.verdict), outcome.reason);
  }
  --submissions_;
  submitted_.notify();
  event_.notify();
}

Task<void> Station::submissions_done() {
  while (submissions_ > 0) co_await submitted_.wait_for(std::chrono::seconds(1));
}

// ---- mailboxes ------------------------------------------------------------------------------------------------------

Task<Station::Brought> Station::take_report(AccountName account, InboxReport report) {
  mailboxes_.at(account).read_at = loop_.now().wall;
  std::vector<CanaryId> ids = engine_->unknown_in(report);
  auto found = std::make_shared<std::vector<Canary>>();
  if (!ids.empty()) {
    std::function<void(LedgerStore&)> find = [found, ids](LedgerStore& store) {
      for (const auto& id : ids) {
        auto canary = store.find(id);
        if (canary && *canary) found->push_back(std::move(**canary));
      }
    };
    co_await ledger_->with_store(std::move(find));
  }
  if (!report.traffic.empty()) {
    auto fresh = co_await not_yet_counted(account, std::move(report.traffic));
    report.traffic = std::move(fresh);
  }
  engine_->observed(account, report, *found, loop_.now());
  event_.notify();
  co_return ids.size() < report.sightings.size() || !found->empty() ? Brought::canaries : Brought::nothing;
}

bool Station::forget_is_due(const Mailbox& mailbox) const {
  constexpr std::size_t many = 100;
  if (closing_ || mailbox.forget.empty()) return false;
  return !mailbox.forgot_at || mailbox.forget.size() >= many ||
         loop_.now().mono - *mailbox.forgot_at >= options_.forget_every;
}

Task<void> Station::forget(AccountName account) {
  Mailbox& mailbox = mailboxes_.at(account);
  if (mailbox.forget.empty()) co_return;
  mailbox.forgot_at = loop_.now().mono;
  std::vector<MessageRef> messages = std::exchange(mailbox.forget, {});
  std::vector<AccountMessage> removed;
  for (const auto& message : messages) removed.push_back({account, message});
  ++removals_;
  auto done = co_await mailbox.inbox->remove(std::move(messages));
  --removals_;
  event_.notify();
  if (!done) {
    log_info("canaries stay in the mailbox for now: account={} reason=\"{}\"", account.str(), done.error().message);
    for (auto& message : removed) mailbox.forget.push_back(std::move(message.message));
    co_return;
  }
  engine_->removed(removed);
}

Task<void> Station::read_mailbox(AccountName account) {
  Mailbox& mailbox = mailboxes_.at(account);
  while (!closing_) {
    InboxReport report = co_await mailbox.inbox->next();
    if (closing_) co_return;
    if (!std::exchange(mailbox.answered, true)) answered_.notify();
    const bool looked = report.looked_at.has_value() || !report.sightings.empty();
    const Brought brought = co_await take_report(account, std::move(report));
    // What lives long looks again at once, and deletes some time later.
    const bool wait_for_record = brought == Brought::canaries && options_.record_within == Duration::zero();
    if (wait_for_record) co_await mailbox.recorded->wait_for(record_patience);
    if (looked && forget_is_due(mailbox)) co_await forget(account);
  }
}

// A hundred logins at once are slow for each of them. But one that is slow by itself must not keep the others waiting.
Task<void> Station::read_mailboxes() {
  constexpr std::ptrdiff_t logins_at_once = 8;
  constexpr Duration login_patience = std::chrono::seconds(3);
  for (auto& [name, mailbox] : mailboxes_) {
    for (;;) {
      const MonoTime now = loop_.now().mono;
      const auto logging_in = [&](const auto& entry) {
        const Mailbox& other = entry.second;
        return other.started_at && !other.answered && now - *other.started_at < login_patience;
      };
      if (std::count_if(mailboxes_.begin(), mailboxes_.end(), logging_in) < logins_at_once) break;
      co_await answered_.wait_for(login_patience / 10);
    }
    mailbox.started_at = loop_.now().mono;
    loop_.spawn(read_mailbox(name));
  }
}

std::size_t Station::unanswered() const {
  return static_cast<std::size_t>(std::count_if(mailboxes_.begin(), mailboxes_.end(),
                                                [](const auto& entry) { return !entry.second.answered; }));
}

Task<void> Station::collect(AccountName account) {
  Mailbox& mailbox = mailboxes_.at(account);
  for (;;) {
    InboxReport report = co_await mailbox.inbox->next();
    const bool failed = !report.looked_at && report.sightings.empty() && report.traffic.empty();
    const bool complete = report.looked_at && report.sightings.empty() && report.traffic.empty();
    const Brought brought = co_await take_report(account, std::move(report));
    static_cast<void>(brought);
    if (failed || complete) co_return;
  }
}

Task<void> Station::removals_done(Duration at_most) {
  const MonoTime until = loop_.now().mono + at_most;
  const auto waiting = [this] {
    return removals_ > 0 || std::any_of(mailboxes_.begin(), mailboxes_.end(), [](const auto& entry) {
             return entry.second.answered && !entry.second.forget.empty();
           });
  };
  while (waiting() && loop_.now().mono < until) co_await event_.wait_for(std::chrono::milliseconds(50));
}

Task<void> Station::forget_all() {
  for (const auto& name : mailboxes()) co_await forget(name);
}

std::vector<AccountName> Station::mailboxes() const {
  std::vector<AccountName> names;
  for (const auto& [name, mailbox] : mailboxes_) names.push_back(name);
  return names;
}

// ---- the page and housekeeping --------------------------------------------------------------------------------------

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

Task<void> Station::take_orders() {
  orders_looked_at_ = loop_.now().mono;
  if (std::exchange(taking_orders_, true)) co_return;
  struct Read {
    std::int64_t newest = 0;
    std::optional<Orders> orders;
  };
  auto read = std::make_shared<Read>();
  std::function<void(LedgerStore&)> look = [read, seen = orders_seen_, now = loop_.now().wall](LedgerStore& store) {
    const auto newest = store.newest_act();
    if (!newest || *newest == seen) return;
    auto orders = read_orders(store, now);
    if (!orders) return;
    read->newest = *newest;
    read->orders = std::move(*orders);
  };
  co_await ledger_->with_store(std::move(look));
  taking_orders_ = false;
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

Task<void> Station::close() {
  closing_ = true;
  // A farewell must not cross a removal on the same session.
  while (removals_ > 0) co_await event_.wait_for(std::chrono::seconds(1));
  // What is being said to a server now is worth a moment: its answer belongs in the ledger.
  const MonoTime patience_ends = loop_.now().mono + farewell;
  while (submissions_ > 0 && loop_.now().mono < patience_ends) co_await submitted_.wait_for(patience_ends - loop_.now().mono);
  while (deliveries_ > 0 && loop_.now().mono < patience_ends) co_await delivered_.wait_for(patience_ends - loop_.now().mono);
  co_await take_turn();
  for (auto& [name, submitter] : submitters_) co_await submitter->close();
  for (auto& [name, mailbox] : mailboxes_) co_await mailbox.inbox->close();
}

Result<FileLock> hold_ledger(const Config& config) {
  std::filesystem::path path = config.ledger.path;
  path += ".lock";
  auto lock = FileLock::acquire(path);
  if (lock || lock.error().kind != ErrorKind::busy) return lock;
  return Error{ErrorKind::busy, fmt::format("another mailcanary already works on this ledger and goes on undisturbed ({})",
                                            lock.error().message)};
}

}  // namespace mailcanary
