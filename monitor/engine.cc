#include "monitor/engine.h"
#include "monitor/evidence/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "config/channel_kinds.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {

namespace {

constexpr Duration look_again = std::chrono::seconds(1), look_again_at_most = std::chrono::minutes(1);
// How soon an open incident is gone over though nothing comes; less and less often while nothing changes.
constexpr Duration attentive = std::chrono::seconds(5), attentive_at_least = std::chrono::seconds(30);
// To fold incidents costs time for each route in trouble. A hundred cost nothing; thousands are folded less often.
constexpr std::size_t folded_at_once = 100;
constexpr Duration fold_pause_per_route = std::chrono::milliseconds(5);
constexpr Duration longest_fold_pause = std::chrono::seconds(5);

constexpr std::size_t reserved_at_most = 256;  // canaries

WallTime day_of(WallTime time) { return std::chrono::floor<std::chrono::days>(time); }

}  // namespace

Engine::Engine(const Config& config, EngineMemory memory, EngineRole role, Now now, IdMaker make_id)
    : config_(config), role_(role), make_id_(std::move(make_id)), conditions_(prepare(config.rules)), traffic_(config), began_at_(now.wall), today_(day_of(now.wall)) {
  policy_.notify = config.notify;
  for (const auto& channel : config.channels) {
    policy_.channels.push_back(channel.name);
    const auto* kind = channel_kind(channel.kind);
    if (kind != nullptr && reaches_people(*kind)) policy_.people.push_back(channel.name);
    if (!channel.words.empty()) policy_.words.emplace(channel.name, channel.words);
  }
  policy_.page_url = config.status.url;
  restore(std::move(memory), now.wall);
}

Engine::~Engine() = default;

// ---- what others tell of notices, deletions, the ledger and days ----------------------------------------------------

void Engine::removed(const std::vector<AccountMessage>& messages) {
  record_.removed.insert(record_.removed.end(), messages.begin(), messages.end());
}

void Engine::notice_changed(const Notice& notice) {
  auto& list = notices_[notice.incident];
  const auto place = std::find_if(list.begin(), list.end(), [&](const Notice& n) { return n.id == notice.id; });
  if (place == list.end()) {
    list.push_back(notice);
  } else {
    *place = notice;
  }
  record_.notices.push_back(notice);
  if (notice.state != NoticeState::queued) ++notices_ended_[{notice.channel, notice.state}];
  // Notices of an ended incident are remembered only as long as one of them waits.
  const bool waits = std::any_of(list.begin(), list.end(), [](const Notice& n) { return n.state == NoticeState::queued; });
  if (!waits && !open_.contains(notice.incident) && !may_return(notice.incident)) notices_.erase(notice.incident);
}

bool Engine::may_return(const IncidentId& id) const {
  for (auto past = past_.rbegin(); past != past_.rend() && past->resolved_at; ++past) {
    if (now_ - *past->resolved_at > config_.flap_hold) return false;
    if (past->id == id) return true;
  }
  return false;
}

void Engine::ledger_fault(std::string why) {
  if (why == ledger_fault_) return;
  ledger_fault_ = std::move(why);
  for (auto& [name, memory] : routes_) mark(memory);
  news_ = true;
}

Expected Engine::outstanding(const AccountName& account) const {
  const auto found = outstanding_.find(account);
  return found == outstanding_.end() ? Expected{} : found->second;
}

std::vector<Notice> Engine::queued_notices() const {
  std::vector<Notice> queued;
  for (const auto& [incident, list] : notices_) {
    for (const auto& notice : list) {
      if (notice.state == NoticeState::queued) queued.push_back(notice);
    }
  }
  return queued;
}

std::string Engine::remote_ref(const IncidentId& incident, const ChannelName& channel) const {
  const auto found = notices_.find(incident);
  if (found == notices_.end()) return {};
  const Notice* newest = nullptr;
  for (const auto& notice : found->second) {
    if (notice.channel != channel || notice.remote_ref.empty()) continue;
    if (newest == nullptr || notice.sequence > newest->sequence) newest = &notice;
  }
  return newest == nullptr ? std::string() : newest->remote_ref;
}

// ---- the turn -------------------------------------------------------------------------------------------------------

Turn Engine::turn(const std::vector<std::size_t>& due, Now now) {
  Turn turn;
  turned_at_ = now_ = now.wall;
  plan(now.wall);
  settle_overdue(now.wall);
  send_due(due, turn, now);
  weigh(now.wall);
  send_confirming(turn, now);
  judge_routes(now.wall);
  if (role_ == EngineRole::decides) decide(now.wall);
  turn.record = std::exchange(record_, {});
  record_.changed.reserve(std::min(2 * turn.send.size(), reserved_at_most));  // each is handed over, and arrives
  turn.forget = std::exchange(forget_, {});
  turn.look = std::exchange(look_, {});
  turn.ask_anchors = std::exchange(ask_anchors_, false);
  turn.news = std::exchange(news_, false);
  turn.wake_at = next_wake(now.wall);
  return turn;
}

std::optional<WallTime> Engine::next_wake(WallTime now) const {
  std::optional<WallTime> earliest;
  const auto not_after = [&](WallTime at) { earliest = std::min(earliest.value_or(at), at); };
  if (!deadlines_.empty()) not_after((*deadlines_.begin())->check_at);
  // One that is over waits for data.
  const auto hold = holds_.upper_bound({now, std::numeric_limits<std::size_t>::max()});
  if (hold != holds_.end()) not_after(hold->first);
  // In trouble the passing of time alone says something: windows pass, reminders fall due, folds were put off.
  if (!open_.empty() || !troubled_.empty())
    not_after(now + std::clamp<Duration>((now - news_at_) / 32, attentive, attentive_at_least));
  if (weigh_again_) not_after(*weigh_again_);
  if (const auto at = traffic_.next_look(now)) not_after(*at);
  if (earliest) earliest = std::max(*earliest, now + Duration(1));
  return earliest;
}

void Engine::settle_overdue(WallTime now) {
  while (!deadlines_.empty() && (*deadlines_.begin())->check_at <= now) {
    InFlight& in_flight = **deadlines_.begin();
    Canary& canary = in_flight.canary;
    const ReaderState& reader = in_flight.memory == nullptr ? readers_[canary.to] : *in_flight.memory->reader;
    const WallTime deadline = now >= canary.lost_at() ? canary.lost_at() : canary.late_at();
    // Nothing is said of a mailbox that was not looked at since: have it looked at, and ask again soon.
    const bool reads_mailbox = in_flight.memory != nullptr || is_read(canary.to);
    const bool looked = !reads_mailbox || (reader.looked_at && *reader.looked_at >= deadline);
    if (!looked || in_flight.submitting) {
      if (!looked) look_.insert(canary.to);
      if (!looked && in_flight.asked == 0) await_look_[canary.to].push_back(canary.id);
      check_later(in_flight, now + std::min<Duration>(look_again * (1 << std::min(in_flight.asked, 6)), look_again_at_most));
      ++in_flight.asked;
      continue;
    }
    in_flight.asked = 0;
    if (in_flight.memory != nullptr) mark(*in_flight.memory);
    if (now < canary.lost_at()) {
      note(canary, in_flight.memory);
      check_later(in_flight, canary.lost_at());
      continue;
    }
    if (!reads_mailbox) {
      settle(in_flight, Fate::unknown, "its mailbox is not read any more: the configuration has changed", now);
    } else if (canary.accepted_at) {
      settle(in_flight, Fate::lost,
             fmt::format("accepted, but not in the mailbox {} later", human_duration(canary.lost_after)), now);
    } else {
      settle(in_flight, Fate::unknown, "its submission was cut off by a restart, and it never arrived", now);
    }
    record_.changed.push_back(canary);
    drop(in_flight_.find(canary.id));
  }
}

void Engine::send_due(const std::vector<std::size_t>& due, Turn& turn, Now now) {
  if (day_of(now.wall) != today_) {
    today_ = day_of(now.wall);
    sent_today_.clear();
  }
  turn.send.reserve(due.size());
  record_.sent.reserve(due.size());
  for (const std::size_t index : due) {
    RouteMemory& memory = *by_number_.at(index);
    if (std::string why = why_not_send(memory); !why.empty()) {
      memory.own_fault = std::move(why);
      mark(memory);
      continue;
    }
    if (memory.last_sent == nullptr) memory.last_sent = &last_sent_[memory.route->name];
    *memory.last_sent = now.wall;
    send(memory, CanaryPurpose::scheduled, turn, now);
  }
}

bool Engine::is_read(const AccountName& account) const {
  return std::any_of(config_.routes.begin(), config_.routes.end(),
                     [&](const Route& route) { return route.to == account || route.from == account; });
}

std::string Engine::why_not_send(const RouteMemory& memory) const {
  const Account& from = *memory.from;
  if (!ledger_fault_.empty()) return "the ledger cannot record: " + ledger_fault_;
  // What nobody can look for would only pile up.
  if (memory.reader->faulty_since && now_ - *memory.reader->faulty_since > memory.route->lost_after)
    return fmt::format("its mailbox cannot be read for {}, nothing is sent there until it can: {}",
                       human_duration(now_ - *memory.reader->faulty_since), memory.reader->fault);
  const int limit = from.daily_limit;
  if (limit <= 0) return {};
  const auto sent = sent_today_.find(from.name);
  if (sent == sent_today_.end() || sent->second < limit) return {};
  return fmt::format("account {} has used its daily limit of {}", from.name.str(), count_noun(limit, "message", "messages"));
}

void Engine::send(RouteMemory& memory, CanaryPurpose purpose, Turn& turn, Now now) {
  const Route& route = *memory.route;
  ++sent_today_[route.from];
  Canary canary;
  canary.id = CanaryId(make_id_(now.wall));
  canary.route = route.name;
  canary.from = route.from;
  canary.to = route.to;
  canary.vantage = config_.vantage;
  canary.purpose = purpose;
  canary.late_after = route.late_after;
  canary.lost_after = route.lost_after;
  canary.sent_at = now.wall;
  record_.sent.push_back(canary);
  turn.send.push_back(canary);
  track(canary, now.wall.time_since_epoch() - now.mono.time_since_epoch());
  in_flight_.at(canary.id).submitting = true;
}

void Engine::decide(WallTime now) {
  obey(now);
  end_dismissals(now);
  decide_traffic(now);
  if (open_.empty() && troubled_.empty()) return;
  if (troubled_.size() > folded_at_once && now >= decided_at_ &&
      now - decided_at_ < std::min<Duration>(longest_fold_pause, fold_pause_per_route * troubled_.size()))
    return;
  decided_at_ = now;
  auto changes = fold_incidents(config_, canary_incidents(), findings(now), now, make_id_);
  std::vector<Incident> open;
  for (const auto& change : changes) {
    if (change.incident.open()) open.push_back(change.incident);
  }
  for (auto& change : changes) follow(std::move(change), open, Recording::of_changes, now);
}

// Writes down what has changed, and the notices that follow.
void Engine::follow(IncidentChange change, const std::vector<Incident>& open, Recording recording, WallTime now) {
  Incident& incident = change.incident;
  using Kind = IncidentChange::Kind;
  if (change.kind != Kind::none && change.kind != Kind::progressed) news_at_ = now;
  change.quiet = quiet_for(config_, incident, maintenance_, silences_, open, now);
  if (incident.open()) {
    if (const auto upstream = upstream_of(incident.blame.provider)) incident.provider_says = upstream_words(*upstream, now);
  }
  // People saw what was there before the maintenance began: it does not vanish from their sight.
  const bool fresh = change.kind == Kind::opened && incident.opened_at == now;
  const bool hidden = fresh || !incident.maintenance.empty();
  const bool same_quiet = incident.maintenance == change.quiet.maintenance || !incident.open() || !hidden;
  if (!same_quiet) incident.maintenance = change.quiet.maintenance;
  for (const auto& notice : notices_for(policy_, {notices_[incident.id]}, change, now)) {
    notices_[incident.id].push_back(notice);
    record_.notices.push_back(notice);
    news_ = true;
  }
  if (change.kind == IncidentChange::Kind::none && same_quiet && recording == Recording::of_changes) return;
  record_.incidents.push_back(incident);
  news_ = true;
  const std::set<RouteName> still_failing(incident.failing.begin(), incident.failing.end());
  for (const auto& name : incident.routes) {
    auto found = routes_.find(name);
    if (found == routes_.end()) continue;
    RouteMemory& memory = found->second;
    const bool failing = incident.open() && still_failing.contains(name);
    const bool failed_here = memory.incident == incident.id;
    if (failed_here && !failing) {
      memory.incident.reset();
      explain(memory, now);
    }
    if (!failed_here && failing) {
      if (!memory.incident) memory.good_needed = after_flaps(memory, incident);
      memory.recovery = 0;
      memory.incident = incident.id;
    }
  }
  if (incident.open()) {
    std::erase_if(past_, [&](const Incident& past) { return past.id == incident.id; });  // it has come back
    open_[incident.id] = incident;
  } else {
    open_.erase(incident.id);
    past_.push_back(incident);
  }
}

// The more often it came back, the longer it must stay away.
int Engine::after_flaps(const RouteMemory& memory, const Incident& incident) const {
  int needed = memory.good_needed;
  const auto most = static_cast<int>(config_.flap_hold / memory.route->every);
  for (const auto& update : incident.updates) {
    if (update.status == IncidentStatus::resolved && needed > 0) needed = std::max(needed, std::min(2 * needed, most));
  }
  return needed;
}

std::vector<Incident> Engine::open_incidents() const {
  std::vector<Incident> open;
  for (const auto& [id, incident] : open_) open.push_back(incident);
  return open;
}

}  // namespace mailcanary
