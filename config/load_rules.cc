// Rules.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "config/defaults.h"
#include "config/sections.h"
#include "config/suggest.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

constexpr Duration longest_window = 24h * 400;

const MeasureInfo* read_measure(const MapReader& reader) {
  const auto name = reader.text("measure");
  if (!name) return nullptr;
  std::vector<std::string> names;
  for (const auto& row : measure_table()) {
    if (row.name == *name) return &row;
    names.emplace_back(row.name);
  }
  reader.report().error(reader.place_of("measure"),
                        fmt::format("no measure is named {}; {}", in_quotes(*name), suggest(*name, names, "")));
  return nullptr;
}

// In the measure's unit: seconds, a share, or a number.
Result<double> parse_threshold(std::string_view text, std::string_view unit) {
  if (unit == "s") {
    const auto duration = parse_duration(text);
    if (!duration) return duration.error();
    return std::chrono::duration<double>(*duration).count();
  }
  if (unit == "share") return parse_share(text);
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (failure == std::errc() && end == text.data() + text.size() && number >= 0 && number <= 1e9) return number;
  return Error{ErrorKind::invalid_input, fmt::format("{} is no number; write it as 3", in_quotes(text))};
}

std::optional<double> read_threshold(const MapReader& reader, std::string_view key, const MeasureInfo* measure) {
  const auto text = reader.text(key);
  if (!text || measure == nullptr) return std::nullopt;
  const auto parsed = parse_threshold(*text, measure->unit);
  if (parsed) return *parsed;
  reader.report().error(reader.place_of(key), fmt::format("{}: {}", key, parsed.error().message));
  return std::nullopt;
}

void read_condition(const MapReader& reader, const MeasureInfo* measure, Rule& rule) {
  if (reader.has("above") == reader.has("below")) {
    const std::string cure = reader.has("above") ? "keep one" : "add above: or below:";
    reader.report().error(reader.place(), fmt::format("{} needs either above or below; {}", reader.where(), cure));
  }
  rule.above = read_threshold(reader, "above", measure);
  rule.below = read_threshold(reader, "below", measure);
  const auto clear_below = read_threshold(reader, "clear_below", measure);
  const auto clear_above = read_threshold(reader, "clear_above", measure);
  const auto misplaced = [&reader](std::string_view clear, std::string_view fires) {
    if (reader.has(clear) && !reader.has(fires))
      reader.report().error(reader.place_of(clear),
                            fmt::format("{} goes with {}; remove it or write the other one", clear, fires));
  };
  misplaced("clear_below", "above");
  misplaced("clear_above", "below");
  if (clear_below && rule.above && *clear_below > *rule.above)
    reader.report().error(reader.place_of("clear_below"),
                          fmt::format("{} would clear while it still fires; make clear_below at most "
                                      "above",
                                      reader.where()));
  if (clear_above && rule.below && *clear_above < *rule.below)
    reader.report().error(reader.place_of("clear_above"),
                          fmt::format("{} would clear while it still fires; make clear_above at least "
                                      "below",
                                      reader.where()));
  rule.clear = rule.above ? clear_below : clear_above;
}

void read_impact(const MapReader& reader, Rule& rule) {
  const auto name = reader.text("impact");
  if (!name) return;
  const auto impact = impact_from(*name);
  if (impact && *impact != Impact::none) {
    rule.impact = *impact;
    return;
  }
  reader.report().error(reader.place_of("impact"), fmt::format("no impact is named {}; {}", in_quotes(*name),
                                                               suggest(*name, {"minor", "major", "critical"}, "")));
}

// What the rule looks at as one. The lists that choose routes must fit: a sum over an account has all its routes.
void read_scope(const MapReader& reader, Rule& rule) {
  const auto name = reader.text("per");
  if (!name) return;
  const auto scope = rule_scope_from(*name);
  if (!scope) {
    reader.report().error(reader.place_of("per"),
                          fmt::format("a rule looks per route, account, provider, leg or all, not per {}; {}", in_quotes(*name),
                                      suggest(*name, {"route", "account", "provider", "leg", "all"}, "")));
    return;
  }
  rule.per = *scope;
  const auto misplaced = [&](std::string_view key, std::initializer_list<RuleScope> fits) {
    if (!reader.has(key) || std::find(fits.begin(), fits.end(), *scope) != fits.end()) return;
    reader.report().error(reader.place_of(key), fmt::format("{} does not go with per: {}, which looks at all routes of "
                                                            "it together; remove one of the two",
                                                            key, name_of(*scope)));
  };
  misplaced("routes", {RuleScope::route});
  misplaced("accounts", {RuleScope::route, RuleScope::account});
  misplaced("providers", {RuleScope::route, RuleScope::account, RuleScope::provider, RuleScope::leg});
}

void read_burn(const MapReader& reader, Rule& rule) {
  rule.brief = rule.over / 12;
  const auto only_burn = [&](std::string_view key) {
    if (reader.has(key) && rule.measure != "burn_rate" && !rule.measure.empty())
      reader.report().error(reader.place_of(key), fmt::format("{} goes with measure: burn_rate; remove it", key));
  };
  only_burn("objective");
  only_burn("short");
  if (const auto objective = read_objective(reader)) rule.objective = *objective;
  const auto brief = reader.duration("short", 1s, longest_window);
  if (brief && *brief >= rule.over) {
    reader.report().error(reader.place_of("short"), "short is not shorter than over; a twelfth of it is usual");
  } else if (brief) {
    rule.brief = *brief;
  }
}

// The ledger's sums of an hour hold fates and round trips, nothing else; what is only in single canaries cannot be
// looked at over weeks.
void check_window(const MapReader& reader, const Rule& rule) {
  const bool only_in_canaries = rule.measure.starts_with("submit.") || rule.measure.starts_with("transit.") ||
                                rule.measure == "duplicate_rate" || rule.measure == "verdict_failures";
  if (!only_in_canaries || rule.over <= longest_exact_window) return;
  reader.report().error(reader.place_of("over"),
                        fmt::format("{} can be looked at over {} at most; write over: {}", rule.measure,
                                    format_duration(longest_exact_window), format_duration(longest_exact_window)));
}

// What all providers the rule names promise; where they differ, what is promised in general.
double promised_to(const Slo& slo, const Rule& rule) {
  if (rule.providers.empty()) return slo.objective;
  const double first = slo.objective_of(rule.providers.front());
  const bool alike = std::all_of(rule.providers.begin(), rule.providers.end(),
                                 [&](const ProviderName& provider) { return slo.objective_of(provider) == first; });
  return alike ? first : slo.objective;
}

Rule load_rule(Loading& loading, const MapReader& reader) {
  Rule rule;
  rule.name = reader.name("name").value_or("");
  const MeasureInfo* measure = read_measure(reader);
  if (measure != nullptr) rule.measure = measure->name;
  rule.over = reader.duration("over", 1s, longest_window).value_or(rule.over);
  read_condition(reader, measure, rule);
  rule.hold_for = reader.duration("for", 0s, longest_window).value_or(Duration{});
  rule.clear_for = reader.duration("clear_for", 0s, longest_window).value_or(Duration{});
  rule.min_samples = static_cast<int>(reader.whole("min_samples", 1, 1'000'000).value_or(1));
  rule.recover = static_cast<int>(reader.whole("recover", 1, 1000).value_or(0));
  read_impact(reader, rule);
  rule.major_after = reader.duration("major_after", 1s, longest_window);
  rule.critical_after = reader.duration("critical_after", 1s, longest_window);
  read_scope(reader, rule);
  check_window(reader, rule);
  rule.routes = resolve<RouteName>(loading.report, loading.routes, reader.names("routes"));
  rule.providers = resolve<ProviderName>(loading.report, loading.providers, reader.names("providers"));
  rule.accounts = resolve<AccountName>(loading.report, loading.accounts, reader.names("accounts"));
  rule.objective = promised_to(loading.config.slo, rule);
  read_burn(reader, rule);
  read_traffic(loading, reader, rule);
  return rule;
}

}  // namespace

void load_rules(Loading& loading, const MapReader& top) {
  const auto given = top.value("rules");
  if (given == nullptr || given->kind == YamlNode::Kind::null) {
    loading.config.rules = default_rules();
    for (auto& rule : loading.config.rules) rule.objective = loading.config.slo.objective;
    return;
  }
  const auto nodes = top.list("rules");
  if (nodes.empty() && given->kind == YamlNode::Kind::list)
    loading.report.warning(given->place,
                           "the list of rules is empty, so nothing ever becomes an incident; remove rules: to get "
                           "the default ones");
  std::unordered_set<std::string> names;
  for (const auto& node : nodes) {
    if (loading.report.full()) break;
    const MapReader reader(loading.report, node, Section::rule, "a rule");
    Rule rule = load_rule(loading, reader);
    if (!rule.name.empty() && !names.insert(rule.name).second)
      loading.report.error(reader.place_of("name"),
                           fmt::format("two rules are named {}; rename one", in_quotes(rule.name)));
    loading.config.rules.push_back(std::move(rule));
  }
}

}  // namespace mailcanary
