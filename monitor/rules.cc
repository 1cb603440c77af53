#include "monitor/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "core/units.h"

namespace mailcanary {

namespace {

using Predicate = bool (*)(const Observation&);

bool is_settled(const Observation& o) { return o.fate != Fate::pending && o.fate != Fate::unknown; }
bool counts(const Observation& o) { return is_settled(o) || o.overdue; }
bool is_late(const Observation& o) { return o.fate == Fate::late || o.overdue; }

// Rates: the share of canaries of which it is true, among those that say anything.
struct Rate {
  std::string_view measure;
  Predicate holds;
  std::string_view says;
};
const std::array rates = {
    Rate{"failure_rate", is_trouble, "failed or are overdue"},
    Rate{"loss_rate", [](const Observation& o) { return o.fate == Fate::lost; }, "were lost"},
    Rate{"late_rate", is_late, "were late or are overdue"},
    Rate{"junk_rate", [](const Observation& o) { return o.fate == Fate::junked; }, "went to Junk"},
    Rate{"bounce_rate", [](const Observation& o) { return o.fate == Fate::bounced; }, "bounced"},
    Rate{"reject_rate", [](const Observation& o) { return o.fate == Fate::rejected || o.fate == Fate::deferred; },
         "were refused"},
    Rate{"duplicate_rate", [](const Observation& o) { return o.duplicated; }, "came more than once"},
    Rate{"unreachable_rate", [](const Observation& o) { return o.fate == Fate::unreachable; },
         "met an unreachable server"},
};

std::optional<Duration> time_of(std::string_view family, const Observation& o) {
  if (family == "round_trip") return o.round_trip;
  if (family == "submit") return o.submit;
  if (o.round_trip && o.submit) return *o.round_trip - *o.submit;  // transit
  return std::nullopt;
}

std::optional<double> statistic(std::string_view name, std::vector<double> seconds) {
  if (seconds.empty()) return std::nullopt;
  std::sort(seconds.begin(), seconds.end());
  if (name == "max") return seconds.back();
  if (name == "mean") {
    double sum = 0;
    for (const double s : seconds) sum += s;
    return sum / static_cast<double>(seconds.size());
  }
  const double q = name == "p50" ? 0.50 : name == "p90" ? 0.90 : name == "p95" ? 0.95 : 0.99;
  const auto rank = static_cast<std::size_t>(q * static_cast<double>(seconds.size() - 1) + 0.5);
  return seconds[rank];
}

struct Value {
  double number = 0;
  int samples = 0;
  std::string words;
};

std::string seconds_text(double seconds) {
  return human_duration(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds)));
}

std::optional<Value> value_of(const Rule& rule, const Observations& seen, WallTime not_before, WallTime now) {
  const std::string_view measure = rule.measure;
  const WallTime from = std::max(not_before, now - rule.over);

  if (measure == "consecutive_failures") {
    Value value;
    for (auto o = seen.rbegin(); o != seen.rend(); ++o) {
      if (o->sent_at < not_before) break;
      if (!counts(*o)) continue;
      ++value.samples;
      if (!is_trouble(*o)) break;
      value.number += 1;
    }
    if (value.samples == 0) return std::nullopt;
    value.samples = std::max(value.samples, rule.min_samples);  // a run is its own sample
    value.words = fmt::format("{} in a row failed or {} overdue",
                              count_noun(static_cast<long long>(value.number), "canary", "canaries"),
                              value.number == 1 ? "is" : "are");
    return value;
  }
  if (measure == "backlog") {
    const auto overdue = std::count_if(seen.begin(), seen.end(), [&](const Observation& o) {
      return o.overdue && o.sent_at >= not_before;
    });
    return Value{static_cast<double>(overdue), std::max<int>(rule.min_samples, 1),
                 fmt::format("{} overdue", count_noun(overdue, "canary is", "canaries are"))};
  }
  if (measure == "silence") {
    std::optional<WallTime> last;
    for (const auto& o : seen) {
      if (o.round_trip && (!last || o.sent_at + *o.round_trip > *last)) last = o.sent_at + *o.round_trip;
    }
    // Only while canaries were on their way: when none was sent, the silence is our own.
    const auto first = std::find_if(seen.begin(), seen.end(), [&](const Observation& o) {
      return o.sent_at >= not_before && (!last || o.sent_at > *last) && o.fate != Fate::unknown;
    });
    if (first == seen.end()) return last ? std::optional(Value{0, static_cast<int>(seen.size()), "nothing is awaited"})
                                         : std::nullopt;
    const double quiet = std::chrono::duration<double>(now - first->sent_at).count();
    return Value{quiet, static_cast<int>(seen.size()), fmt::format("nothing arrived for {}", seconds_text(quiet))};
  }
  for (const auto& rate : rates) {
    if (measure != rate.measure) continue;
    int all = 0, hits = 0;
    for (const auto& o : seen) {
      if (o.sent_at < from || !counts(o)) continue;
      ++all;
      if (rate.holds(o)) ++hits;
    }
    if (all == 0) return std::nullopt;
    return Value{static_cast<double>(hits) / all, all,
                 fmt::format("{} of {} {} in {}", hits, count_noun(all, "canary", "canaries"), rate.says,
                             human_duration(rule.over))};
  }
  const auto dot = measure.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto family = measure.substr(0, dot);
  std::vector<double> seconds;
  for (const auto& o : seen) {
    if (o.sent_at < from) continue;
    if (const auto took = time_of(family, o)) seconds.push_back(std::chrono::duration<double>(*took).count());
  }
  const int samples = static_cast<int>(seconds.size());
  const auto number = statistic(measure.substr(dot + 1), std::move(seconds));
  if (!number) return std::nullopt;
  return Value{*number, samples,
               fmt::format("{} is {} over {} ({})", measure, seconds_text(*number), human_duration(rule.over),
                           count_noun(samples, "canary", "canaries"))};
}

std::string limit_text(const Rule& rule, double limit) {
  for (const auto& info : measure_table()) {
    if (rule.measure != info.name) continue;
    if (std::string_view(info.unit) == "s") return seconds_text(limit);
    if (std::string_view(info.unit) == "share") return format_share(limit);
  }
  return fmt::format("{:g}", limit);
}

}  // namespace

bool is_trouble(const Observation& seen) { return failed(seen.fate) || seen.overdue; }

Finding examine(const Rule& rule, const Observations& seen, WallTime not_before, WallTime now) {
  Finding finding;
  const auto value = value_of(rule, seen, not_before, now);
  if (!value || value->samples < rule.min_samples) return finding;
  finding.value = value->number;
  const bool met = (rule.above && value->number > *rule.above) || (rule.below && value->number < *rule.below);
  const double limit = rule.above ? *rule.above : rule.below.value_or(0);
  const double clear_limit = rule.clear.value_or(limit);
  const bool clear = rule.above ? value->number <= clear_limit : value->number >= clear_limit;
  finding.answer = met ? Finding::Answer::met : clear ? Finding::Answer::clear : Finding::Answer::not_met;
  finding.words = fmt::format("{} (limit {})", value->words, limit_text(rule, limit));
  return finding;
}

std::string track_to_text(const RuleTrack& track) {
  const auto time = [](const std::optional<WallTime>& at) { return at ? format_time(*at) : std::string("-"); };
  return fmt::format("{} {} {}", time(track.met_since), time(track.clear_since), track.firing ? "firing" : "quiet");
}

std::string track_fact(const Rule& rule, const RouteName& route) {
  return fmt::format("track.{}.{}", rule.name, route.str());
}

RuleTrack track_from_text(std::string_view text) {
  RuleTrack track;
  const auto word = [&] {
    const auto blank = std::min(text.find(' '), text.size());
    const std::string_view first = text.substr(0, blank);
    text.remove_prefix(std::min(blank + 1, text.size()));
    return first;
  };
  const auto time = [&]() -> std::optional<WallTime> {
    const auto at = parse_time(word());
    return at ? std::optional(*at) : std::nullopt;
  };
  track.met_since = time();
  track.clear_since = time();
  track.firing = word() == "firing";
  return track;
}

std::optional<WallTime> hold_over(const RuleTrack& track, const Rule& rule) {
  if (track.firing) return track.clear_since ? std::optional(*track.clear_since + rule.clear_for) : std::nullopt;
  return track.met_since ? std::optional(*track.met_since + rule.hold_for) : std::nullopt;
}

RuleTrack step(RuleTrack track, const Rule& rule, const Finding& finding, WallTime now) {
  switch (finding.answer) {
    case Finding::Answer::met:
      track.clear_since.reset();
      if (!track.met_since) track.met_since = now;
      if (now - *track.met_since >= rule.hold_for) track.firing = true;
      break;
    case Finding::Answer::not_met:  // between the thresholds: a firing rule goes on, another one starts anew
      track.clear_since.reset();
      if (!track.firing) track.met_since.reset();
      break;
    case Finding::Answer::clear:
      if (!track.firing) {
        track.met_since.reset();
        break;
      }
      if (!track.clear_since) track.clear_since = now;
      if (now - *track.clear_since >= rule.clear_for) track = RuleTrack{};
      break;
    case Finding::Answer::no_data:
      break;
  }
  return track;
}

}  // namespace mailcanary
