// The station's part in the watch on real traffic: mailboxes of bounces, and where the number of mails sent comes from.
#include <algorithm>

#include "core/units.h"
#include "monitor/station.h"

namespace mailcanary {
namespace {

constexpr Duration clocks_differ = std::chrono::hours(1);

std::optional<WallTime> time_in(const std::map<std::string, std::string>& facts, const std::string& name) {
  const auto fact = facts.find(name);
  if (fact == facts.end()) return std::nullopt;
  const auto at = parse_time(fact->second.substr(0, fact->second.find('\t')));
  return at ? std::optional(*at) : std::nullopt;
}

std::string began_fact(const AccountName& account) { return "bounces_since." + account.str(); }

}  // namespace

// Bounces are counted from the day the mailbox is watched first. When its cursor means nothing any more, what came after
// the last look is read again; the marks of those that were counted tell them from new ones.
void Station::look_back_for_bounces(const AccountName& account, const EngineMemory& memory, WallTime now, InboxOptions& inbox) {
  auto began = time_in(memory.facts, began_fact(account));
  if (!began) {
    began = now;
    unrecorded_.facts[began_fact(account)] = format_time(now);
  }
  inbox.count_from = *began;
  if (const auto looked = time_in(memory.facts, "reader." + account.str())) {
    inbox.since = std::min(inbox.since.value_or(now), *looked - clocks_differ);
  }
}

Result<void> Station::watch_traffic(LedgerStore& store, const EngineMemory& memory, WallTime now) {
  auto places = store.sent_places();
  if (!places) return places.error();
  for (const Account& account : config_.accounts) {
    if (!account.bounces) continue;
    const auto watched = watch_mailbox(account, store, memory, now);
    if (!watched) return watched;
    if (!account.sent) continue;
    sending_[account.name].source = std::make_unique<SentSource>(loop_, account.name, *account.sent, (*places)[account.name]);
  }
  return {};
}

Task<std::vector<TrafficBounce>> Station::not_yet_counted(AccountName account, std::vector<TrafficBounce> bounces) {
  std::vector<std::uint64_t> marks;
  for (const auto& bounce : bounces) marks.push_back(bounce.mark);
  auto counted = std::make_shared<std::vector<std::uint64_t>>();
  std::function<void(LedgerStore&)> ask = [counted, account, marks](LedgerStore& store) {
    auto found = store.counted_marks(account, marks);
    if (found) *counted = std::move(*found);
  };
  co_await ledger_->with_store(std::move(ask));
  std::erase_if(bounces, [&](const TrafficBounce& bounce) {
    return std::find(counted->begin(), counted->end(), bounce.mark) != counted->end();
  });
  co_return bounces;
}

Task<void> Station::count_sent() {
  for (auto& [account, sending] : sending_) {
    const MonoTime now = loop_.now().mono;
    if (sending.asked_at && now - *sending.asked_at < sending.source->every()) continue;
    sending.asked_at = now;
    for (;;) {
      SentAnswer answer = co_await sending.source->read();
      engine_->mails_sent(std::move(answer.reading), answer.fault);
      event_.notify();
      if (answer.rest == SentAnswer::Rest::none || closing_) break;
    }
  }
}

}  // namespace mailcanary
