#include "monitor/station.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/crypto.h"
#include "core/log.h"
#include "core/units.h"
#include "monitor/batches.h"
#include "monitor/ledger_location.h"

namespace mailcanary {

namespace {

constexpr Duration record_patience = std::chrono::seconds(10);
constexpr Duration shortest_pause = std::chrono::milliseconds(10);  // between turns that time alone asks for
constexpr Duration farewell = std::chrono::seconds(3);

// Uniform in 0..1; only for spreading retries.
double jitter() {
  const std::string bytes = random_bytes(2);
  return (static_cast<unsigned char>(bytes[0]) * 256 + static_cast<unsigned char>(bytes[1])) / 65535.0;
}

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
    : loop_(loop), config_(config), options_(options), http_(loop), event_(loop), submitted_(loop), answered_(loop), page_news_(loop) {}

Station::~Station() = default;

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
      const Account& account = *config.account(name);
      if (!account.inbox || station->mailboxes_.contains(name)) continue;
      InboxOptions inbox;
      inbox.account = account;
      inbox.signing_key = config.signing_key;
      inbox.heartbeat = options.heartbeat;
      auto cursors = (*store)->cursors(name);
      if (!cursors) return cursors.error();
      inbox.cursors = std::move(*cursors);
      // Canaries may be sent, and arrive, before the first look. Not those of `check`: it looks first.
      if (options.role == EngineRole::decides) inbox.since = now.wall;
      if (!memory->pending.empty()) inbox.since = memory->pending.front().sent_at;
      auto leftovers = (*store)->to_remove(name);
      if (!leftovers) return leftovers.error();
      inbox.handled = *leftovers;
      auto made = make_inbox(loop, std::move(inbox));
      if (!made) return made.error();
      Mailbox& mailbox = station->mailboxes_[name];
      mailbox.inbox = std::move(*made);
      mailbox.recorded = std::make_unique<Wakeup>(loop);
      mailbox.forget = std::move(*leftovers);
    }
  }
  for (const auto& channel : config.channels) {
    auto adapter = make_channel({loop, station->http_}, channel);
    if (!adapter) return adapter.error();
    Outlet& outlet = station->outlets_[channel.name];
    outlet.adapter = std::move(*adapter);
    outlet.wake = std::make_unique<Wakeup>(loop);
  }
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
  const bool haste = closing_ || !engine_->ledger_fault().empty() || !may_be_lost(unrecorded_);
  if (!haste && now - *held_since_ < options_.record_within) co_return Recorded::held;
  held_since_.reset();
  drop_superseded(unrecorded_.changed);
  Batch attempt = unrecorded_;
  auto committed = co_await ledger_->commit(std::move(attempt));
  if (!committed) {
    if (engine_->ledger_fault().empty()) log_error("the ledger cannot record: {}", committed.error().message);
    engine_->ledger_fault(committed.error().message);
    co_return Recorded::no;
  }
  if (!engine_->ledger_fault().empty()) log_info("the ledger records again");
  engine_->ledger_fault("");
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

Task<void> Station::take_report(AccountName account, InboxReport report) {
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
  engine_->observed(account, report, *found, loop_.now());
  event_.notify();
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
    // What lives long looks again at once, and deletes some time later.
    const bool wait_for_record = !report.sightings.empty() && options_.record_within == Duration::zero();
    co_await take_report(account, std::move(report));
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
    const bool failed = !report.looked_at && report.sightings.empty();
    const bool complete = report.looked_at && report.sightings.empty();
    co_await take_report(account, std::move(report));
    if (failed || complete) co_return;
  }
}

Task<void> Station::removals_done(Duration at_most) {
  const MonoTime until = loop_.now().mono + at_most;
  const auto waiting = [this] {
    return removals_ > 0 || std::any_of(mailboxes_.begin(), mailboxes_.end(),
                                        [](const auto& entry) { return !entry.second.forget.empty(); });
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

// ---- notices --------------------------------------------------------------------------------------------------------

Task<Station::Tried> Station::try_notice(ChannelName channel) {
  OutboxChoice choice = choose_next(engine_->queued_notices(), channel, loop_.now().wall);
  outlets_.at(channel).try_at = choice.wake_at;
  for (const auto& notice : choice.collapsed) engine_->notice_changed(notice);
  if (!choice.collapsed.empty()) event_.notify();
  if (!choice.next) co_return Tried::nothing_due;
  Notice notice = *choice.next;
  notice.remote_ref = engine_->remote_ref(notice.incident, channel);
  Delivery delivery = co_await outlets_.at(channel).adapter->deliver(notice);
  const Notice updated = after_attempt(std::move(notice), delivery, loop_.now().wall, jitter());
  if (updated.state == NoticeState::delivered) {
    log_info("notice delivered: channel={} incident={} kind={} id={}", channel.str(), updated.incident.str(),
             name_of(updated.kind), updated.id.str());
  } else {
    log_warning("notice not delivered: channel={} incident={} kind={} attempt={} reason=\"{}\"", channel.str(),
                updated.incident.str(), name_of(updated.kind), updated.attempts, updated.last_error);
  }
  engine_->notice_changed(updated);
  event_.notify();
  co_return Tried::one;
}

Task<void> Station::deliver_notices(ChannelName channel) {
  // Not longer, so that a step of the clock is noticed.
  constexpr Duration longest = std::chrono::seconds(15);
  Outlet& outlet = outlets_.at(channel);
  for (;;) {
    const Tried tried = co_await try_notice(channel);
    if (tried == Tried::one) continue;
    const Duration pause = outlet.try_at ? *outlet.try_at - loop_.now().wall : longest;
    co_await outlet.wake->wait_for(std::clamp(pause, Duration(1), longest));
  }
}

Task<void> Station::deliver_due(ChannelName channel, MonoTime deadline) {
  while (loop_.now().mono < deadline) {
    const Tried tried = co_await try_notice(channel);
    if (tried == Tried::nothing_due) co_return;
  }
}

std::vector<ChannelName> Station::channels() const {
  std::vector<ChannelName> names;
  for (const auto& [name, outlet] : outlets_) names.push_back(name);
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
  // A large site takes its time to write; the loop has other things to do.
  std::function<void()> make = [work, dir = config_.status.dir] {
    const SiteFiles files = render_site(work->view);
    work->site = make_published_site(files, *work->site);
    if (!dir.empty()) work->written = publish_site(files, dir);
  };
  co_await run_in_thread(loop_, std::move(make));
  site_ = work->site;
  if (on_published_) on_published_();
  co_return work->written;
}

Task<void> Station::look_upstream() {
  const std::vector<ProviderName> due = engine_->upstream_due(loop_.now().wall);
  for (const auto& name : due) {
    UpstreamStatus status = co_await mailcanary::look_upstream(loop_, http_, config_.provider(name)->upstream_status);
    if (!status.fault.empty()) log_info("status page not read: provider={} reason=\"{}\"", name.str(), status.fault);
    engine_->upstream_read(name, status);
  }
}

Task<void> Station::take_orders() {
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

Task<void> Station::adopt() {
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
