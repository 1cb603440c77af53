#include "monitor/traffic/traffic_rules.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/units.h"

namespace mailcanary {
namespace {

constexpr double worth_naming = 0.1;  // of the bounces, for a reason
constexpr std::size_t most_named = 3;

bool is_rate(const Rule& rule) { return rule.measure.ends_with("_rate"); }
bool counts_hard(const Rule& rule) { return rule.measure.find("hard") != std::string::npos; }
std::int64_t hits_of(const Rule& rule, const TrafficSum& sum) { return counts_hard(rule) ? sum.hard : sum.bounced; }

// Those who bounce may outnumber those sent to in the same time: a queue that expires returns mail of days before.
double value_of(const Rule& rule, const TrafficSum& sum) {
  const auto hits = static_cast<double>(hits_of(rule, sum));
  return is_rate(rule) ? std::min(1.0, hits / static_cast<double>(sum.mails)) : hits;
}

std::string span_words(Duration over) {
  if (over == std::chrono::hours(1)) return "the last hour";
  if (over == std::chrono::hours(24)) return "the last day";
  return "the last " + human_duration(over);
}

std::string reasons_words(const TrafficSum& sum) {
  std::vector<std::pair<std::string, std::int64_t>> list(sum.by_reason.begin(), sum.by_reason.end());
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string words;
  for (std::size_t i = 0; i < std::min(list.size(), most_named); ++i) {
    const double share = static_cast<double>(list[i].second) / static_cast<double>(sum.bounced);
    if (share < worth_naming) break;
    words += fmt::format("{}{} {:.0f}%", words.empty() ? "" : ", ", list[i].first, 100 * share);
  }
  return words;
}

}  // namespace

bool applies_to_traffic(const Rule& rule, const Account& account) {
  const auto holds = [](const auto& list, const auto& item) { return std::find(list.begin(), list.end(), item) != list.end(); };
  if (!measures_traffic(rule) || !account.bounces) return false;
  if (!rule.accounts.empty() && !holds(rule.accounts, account.name)) return false;
  return rule.providers.empty() || holds(rule.providers, account.provider);
}

Finding examine_traffic(const Rule& rule, const TrafficSum& sum, const std::string& unknown) {
  if (!unknown.empty() || (is_rate(rule) && (sum.mails == 0 || sum.mails < rule.min_samples))) return {};
  return finding_of(rule, value_of(rule, sum));
}

std::string traffic_words(const Rule& rule, const TrafficSum& sum) {
  const std::string to = rule.domain.empty() ? "" : " to " + rule.domain;
  std::string words = is_rate(rule) ? fmt::format("{} of {} mails{} bounced", percent_words(value_of(rule, sum)), grouped_number(sum.mails), to)
                                    : fmt::format("{} mails{} bounced", grouped_number(hits_of(rule, sum)), to);
  if (counts_hard(rule)) words += " for good";
  if (!rule.reason.empty()) words += " as " + rule.reason;
  words += " in " + span_words(rule.over);
  const std::string reasons = rule.reason.empty() && sum.bounced > 0 ? reasons_words(sum) : "";
  return reasons.empty() ? words : fmt::format("{} ({})", words, reasons);
}

std::string percent_words(double share) { return fmt::format("{:.3g}%", 100 * share); }

std::string grouped_number(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

}  // namespace mailcanary
