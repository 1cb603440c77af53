// The station's mailboxes: watching them, what they bring, and deleting what is recorded.
#include <algorithm>

#include "core/log.h"
#include "monitor/station.h"

namespace mailcanary {

namespace {

constexpr Duration record_patience = std::chrono::seconds(10);

}  // namespace

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

}  // namespace mailcanary
