// The station's way to people and to other monitoring: notices, repetitions, and the signs of its own life.
#include <algorithm>

#include "core/crypto.h"
#include "core/log.h"
#include "monitor/ack_token.h"
#include "monitor/metrics.h"
#include "monitor/station.h"

namespace mailcanary {

namespace {

Impact worst_beside(const Standing& standing, const IncidentId& incident) {
  Impact worst = Impact::none;
  for (const auto& notice : standing.open)
    if (notice.incident != incident) worst = std::max(worst, std::max(notice.impact, Impact::minor));
  return worst;
}

}  // namespace

Task<Station::Tried> Station::try_notice(ChannelName channel) {
  std::vector<Notice> queued = engine_->queued_notices();
  // What is not in the ledger yet would have another id after a crash. A ledger that cannot record must not silence us.
  if (engine_->ledger_fault().empty()) {
    std::erase_if(queued, [&](const Notice& notice) {
      return notice.attempts == 0 && std::any_of(unrecorded_.notices.begin(), unrecorded_.notices.end(),
                                                 [&](const Notice& unrecorded) { return unrecorded.id == notice.id; });
    });
  }
  OutboxChoice choice = choose_next(queued, channel, loop_.now().wall);
  outlets_.at(channel).try_at = choice.wake_at;
  if (!choice.next) co_return Tried::nothing_due;
  Outlet& outlet = outlets_.at(channel);
  if (outlet.paced_until && loop_.now().mono < *outlet.paced_until) {
    outlet.try_at = loop_.now().wall + (*outlet.paced_until - loop_.now().mono);
    co_return Tried::nothing_due;
  }
  for (const auto& notice : choice.collapsed) engine_->notice_changed(notice);
  if (!choice.collapsed.empty()) event_.notify();
  Notice notice = *choice.next;
  notice.remote_ref = engine_->remote_ref(notice.incident, channel);
  const Standing standing = engine_->standing(channel);
  notice.beside = worst_beside(standing, notice.incident);
  notice.components_beside = components_beside(standing, notice.incident);
  outlet.delivering = true;
  ++deliveries_;
  Notice told = notice;
  told.text = text_with_ack_link(config_, notice);
  Delivery delivery = co_await outlet.adapter->deliver(std::move(told));
  outlet.delivering = false;
  --deliveries_;
  if (delivery.outcome == Delivery::Outcome::delivered) outlet.paced_until = loop_.now().mono + outlet.pace;
  const Notice updated = after_attempt(std::move(notice), delivery, loop_.now().wall, random_share());
  if (updated.state == NoticeState::delivered) {
    log_info("notice delivered: channel={} incident={} kind={} id={}", channel.str(), updated.incident.str(),
             name_of(updated.kind), updated.id.str());
  } else {
    log_warning("notice not delivered: channel={} incident={} kind={} attempt={} reason=\"{}\"", channel.str(),
                updated.incident.str(), name_of(updated.kind), updated.attempts, updated.last_error);
  }
  engine_->notice_changed(updated);
  event_.notify();
  delivered_.notify();
  co_return Tried::one;
}

Task<void> Station::deliver_notices(ChannelName channel) {
  // Not longer, so that a step of the clock is noticed.
  constexpr Duration longest = std::chrono::seconds(15);
  Outlet& outlet = outlets_.at(channel);
  // What is delivered behind the last turn would still wait in the ledger, and be told again after the next start.
  while (!closing_) {
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

Task<void> Station::repeat(ChannelName channel) {
  Outlet& outlet = outlets_.at(channel);
  // What is being told now is newer.
  if (outlet.adapter->repeat_every() <= Duration::zero() || outlet.delivering) co_return;
  const Delivery delivery = co_await outlet.adapter->repeat(engine_->standing(channel));
  const bool heard = delivery.outcome == Delivery::Outcome::delivered;
  if (!heard && outlet.repeat_fault.empty())
    log_warning("channel does not hear how things stand: channel={} reason=\"{}\"", channel.str(), delivery.detail);
  if (heard && !outlet.repeat_fault.empty()) log_info("channel hears again how things stand: channel={}", channel.str());
  outlet.repeat_fault = heard ? "" : delivery.detail.empty() ? "no answer" : delivery.detail;
}

Task<void> Station::keep_told(ChannelName channel) {
  const Duration every = outlets_.at(channel).adapter->repeat_every();
  if (every <= Duration::zero()) co_return;
  while (!closing_) {
    co_await loop_.sleep_for(every);
    if (!closing_) co_await repeat(channel);
  }
}

Vitals Station::vitals() const {
  Vitals vitals;
  if (last_turn_ != WallTime{}) vitals.last_turn = last_turn_;
  vitals.ledger_fault = engine_->ledger_fault();
  for (const auto& [name, mailbox] : mailboxes_) vitals.read_at.emplace(name, mailbox.read_at);
  const WallTime now = loop_.now().wall;
  vitals.unmeasured = engine_->unmeasured(now);
  const MetricsView view = engine_->metrics(now);
  for (const auto& channel : view.channels) {
    vitals.notices_queued += static_cast<int>(channel.queued);
    if (channel.oldest <= vitals.outbox_oldest) continue;
    vitals.outbox_oldest = channel.oldest;
    vitals.outbox_channel = channel.name.str();
  }
  for (const auto& [impact, count] : view.incidents_open) vitals.incidents_open += count;
  return vitals;
}

std::string Station::metrics_text() const {
  MetricsView view = engine_->metrics(loop_.now().wall);
  view.process = read_process_metrics();
  return render_metrics(view);
}

}  // namespace mailcanary
