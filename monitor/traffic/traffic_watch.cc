#include "monitor/traffic/traffic_watch.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/log.h"
#include "core/units.h"
#include "monitor/traffic/traffic_rules.h"

namespace mailcanary {
namespace {

constexpr Duration judged_every = std::chrono::seconds(10);
constexpr std::size_t most_lately = 20'000;
constexpr std::size_t most_series = 50;  // domains with a series of their own

std::string subject_of(const AccountName& account) { return "bounces:" + account.str(); }
std::string fault_fact(const AccountName& account) { return "sent." + account.str(); }

std::string limit_words(const Rule& rule) {
  const double limit = rule.above ? *rule.above : rule.below.value_or(0);
  return rule.measure.ends_with("_rate") ? format_share(limit) : fmt::format("{:g}", limit);
}

}  // namespace

Duration traffic_span(const Config& config) {
  Duration span{};
  for (const auto& rule : config.rules) {
    if (measures_traffic(rule)) span = std::max(span, rule.over + traffic_slot);
  }
  return span;
}

void TrafficWatch::restore(const TrafficRecord& record, const std::map<std::string, std::string>& facts, WallTime now) {
  for (const auto& account : config_.accounts) {
    if (account.bounces) watched_[account.name].totals.account = account.name;
  }
  for (const auto& slot : record.bounces) {
    const auto found = watched_.find(slot.account);
    if (found != watched_.end()) found->second.counts.bounced(slot.start, slot.domain, slot.reason, slot.hard, slot.recipients);
  }
  for (const auto& slot : record.sent) {
    const auto found = watched_.find(slot.account);
    if (found != watched_.end()) found->second.counts.sent(slot.start, slot.domain, slot.mails);
  }
  for (auto& [name, watched] : watched_) {
    if (const auto fault = facts.find(fault_fact(name)); fault != facts.end()) watched.source_fault = fault->second;
    for (std::size_t i = 0; i < config_.rules.size(); ++i) {
      const auto fact = facts.find(track_fact(config_.rules[i], subject_of(name)));
      if (fact != facts.end()) watched.tracks[i] = track_from_text(fact->second);
    }
  }
  judged_at_ = now;
}

// The same message may be told of twice before the ledger has it.
bool TrafficWatch::seen_lately(const AccountName& account, std::uint64_t mark) {
  if (!lately_seen_.insert({account, mark}).second) return true;
  lately_.push_back({account, mark});
  if (lately_.size() > most_lately) {
    lately_seen_.erase(lately_.front());
    lately_.pop_front();
  }
  return false;
}

void TrafficWatch::count(Watched& watched, const TrafficBounce::Group& group) {
  const bool named = watched.named.contains(group.domain) || watched.named.size() < most_series;
  if (named) watched.named.insert(group.domain);
  watched.totals.bounces[{named ? group.domain : other_domains, group.reason, group.hard}] += group.recipients;
}

void TrafficWatch::bounced(const AccountName& account, const std::vector<TrafficBounce>& bounces, WallTime now, Batch& record) {
  const auto found = watched_.find(account);
  if (found == watched_.end()) return;
  for (const TrafficBounce& bounce : bounces) {
    if (seen_lately(account, bounce.mark)) continue;
    for (const auto& group : bounce.groups) {
      found->second.counts.bounced(bounce.arrived_at, group.domain, group.reason, group.hard, group.recipients);
      count(found->second, group);
    }
    record.bounces.push_back({account, bounce, now});
    changed_ = true;
  }
}

void TrafficWatch::sent(SentReading reading, const std::string& fault, Batch& record) {
  const auto found = watched_.find(reading.account);
  if (found == watched_.end()) return;
  Watched& watched = found->second;
  if (fault != watched.source_fault) {
    if (!fault.empty()) log_warning("mails sent cannot be counted: account={} reason=\"{}\"", reading.account.str(), fault);
    if (fault.empty()) log_info("mails sent are counted again: account={}", reading.account.str());
    watched.source_fault = fault;
    record.facts[fault_fact(reading.account)] = fault;
    changed_ = true;
  }
  for (const auto& group : reading.groups) {
    watched.counts.sent(group.at, group.domain, group.mails);
    watched.totals.sent += group.mails;
    changed_ = true;
  }
  if (reading.after != reading.before) record.sent_mails.push_back(std::move(reading));
}

bool TrafficWatch::due(WallTime now) const {
  return !watched_.empty() && (changed_ || now - judged_at_ >= judged_every || now < judged_at_);
}

std::vector<TrafficSymptom> TrafficWatch::judge(const std::set<AccountName>& unreadable, WallTime now, Batch& record) {
  changed_ = false;
  judged_at_ = now;
  std::vector<TrafficSymptom> symptoms;
  for (auto& [name, watched] : watched_) {
    const Account& account = *config_.account(name);
    watched.counts.forget(now - traffic_span(config_));
    bool fires = false;
    for (std::size_t i = 0; i < config_.rules.size(); ++i) {
      const Rule& rule = config_.rules[i];
      if (!applies_to_traffic(rule, account)) continue;
      const TrafficSum sum = watched.counts.sum(now - rule.over, now, {rule.domain, rule.reason});
      const bool is_rate = rule.measure.ends_with("_rate");
      const std::string unknown = unreadable.contains(name) ? "the mailbox cannot be read" : is_rate ? watched.source_fault : "";
      const RuleTrack before = watched.tracks[i];
      RuleTrack& track = watched.tracks[i];
      const Finding finding = examine_traffic(rule, sum, unknown);
      track = step(track, rule, finding, now);
      // A restart must not end it: what was counted before it is in the ledger, what the rule made of it is here.
      if (track != before) record.facts[track_fact(rule, subject_of(name))] = track_to_text(track);
      if (!track.firing) continue;
      fires = true;
      if (dismissed_.contains(name)) continue;
      const bool known = finding.answer != Finding::Answer::no_data;
      symptoms.push_back({&account, &rule, impact_of(rule, track, now),
                          known ? fmt::format("{} (limit {})", traffic_words(rule, sum), limit_words(rule)) : "",
                          track.met_since.value_or(now)});
    }
    if (!fires) dismissed_.erase(name);
  }
  return symptoms;
}

bool TrafficWatch::fires(const AccountName& account) const {
  const auto found = watched_.find(account);
  if (found == watched_.end()) return false;
  const auto& tracks = found->second.tracks;
  return std::any_of(tracks.begin(), tracks.end(), [](const auto& entry) { return entry.second.firing; });
}

std::optional<WallTime> TrafficWatch::next_look(WallTime now) const {
  if (std::all_of(watched_.begin(), watched_.end(), [](const auto& entry) { return entry.second.counts.empty(); })) return std::nullopt;
  return std::max(judged_at_ + judged_every, now + Duration(1));
}

std::vector<TrafficMetrics> TrafficWatch::metrics() const {
  std::vector<TrafficMetrics> list;
  for (const auto& [name, watched] : watched_) list.push_back(watched.totals);
  return list;
}

}  // namespace mailcanary
