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
    : loop_(loop), config_(config), options_(options), http_(loop), mail_(make_mail_sender(loop, config)), event_(loop), submitted_(loop), answered_(loop), page_news_(loop), delivered_(loop), anchors_wanted_(loop) {}

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
  if (turn.ask_anchors) anchors_wanted_.notify();
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
