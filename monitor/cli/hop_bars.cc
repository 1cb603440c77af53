#include "monitor/cli/hop_bars.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"
#include "monitor/cli/commands.h"
#include "probes/mail_host.h"

namespace mailcanary {
namespace {

constexpr std::size_t bar_width = 30;

std::size_t cells_of(Duration part, Duration longest) {
  if (longest <= Duration::zero() || part <= Duration::zero()) return 0;
  const double share = static_cast<double>(part.count()) / static_cast<double>(longest.count());
  return std::min(static_cast<std::size_t>(share * bar_width + 0.5), bar_width);
}

std::string signed_duration(Duration delay) {
  return delay < Duration::zero() ? "-" + human_duration(-delay) : human_duration(delay);
}

// What the clocks make doubtful is shown as estimated; a negative delay that nobody can explain stays in sight.
struct Shown {
  std::optional<Duration> delay;
  bool estimated = false;
};

Shown shown_delay(const Hop& hop, const Step& step, bool undecided_before) {
  if (!hop.delay || !step.delay) return {hop.delay, false};
  const Duration off = *step.delay - *hop.delay;
  const bool differs = off > std::chrono::seconds(1) || off < -std::chrono::seconds(1);
  if (!differs || step.undecided || undecided_before) return {hop.delay, false};
  return {step.delay, true};
}

// Whose server each hop is. Names like "localhost" and addresses say nothing; such a hop is of the house beside it.
std::vector<std::string> houses_of(const std::vector<Hop>& hops) {
  std::vector<std::string> houses;
  for (const Hop& hop : hops) houses.push_back(house_of(hop.by));
  std::string next;
  for (std::size_t i = hops.size(); i-- > 0;) {
    if (houses[i].empty()) houses[i] = next;
    next = houses[i];
  }
  for (std::size_t i = 0; i < hops.size(); ++i) {
    if (!houses[i].empty()) continue;
    // "mx-in-3" may be the first server of another house as well as the next of the same.
    const bool goes_on = i > 0 && (istarts_with(hops[i].protocol, "lmtp") || istarts_with(hops[i].by, "localhost") ||
                                   house_of(hops[i - 1].by).empty());
    houses[i] = goes_on ? houses[i - 1] : hops[i].by.empty() ? "an unnamed server" : one_line(hops[i].by);
  }
  return houses;
}

struct Leg {
  std::string name;
  Duration took{};
};

std::string sum_by_houses(const std::vector<Hop>& hops, const std::vector<Step>& steps) {
  const auto houses = houses_of(hops);
  std::vector<Leg> legs;
  Duration all{};
  for (std::size_t i = 1; i < hops.size(); ++i) {
    if (!steps[i].delay) continue;
    std::string name = houses[i] == houses[i - 1] ? "within " + houses[i]
                                                  : "from " + houses[i - 1] + " to " + houses[i];
    auto leg = std::find_if(legs.begin(), legs.end(), [&](const Leg& l) { return l.name == name; });
    if (leg == legs.end()) leg = legs.insert(legs.end(), Leg{std::move(name), {}});
    leg->took += *steps[i].delay;
    all += *steps[i].delay;
  }
  if (legs.empty()) return "";
  std::stable_sort(legs.begin(), legs.end(), [](const Leg& a, const Leg& b) { return a.took > b.took; });
  constexpr std::size_t most = 5;
  std::string text = fmt::format("\n  {:>12}  in all", human_duration(all));
  for (std::size_t i = 0; i < std::min(legs.size(), most); ++i)
    text += fmt::format("\n  {:>12}  {}", human_duration(legs[i].took), legs[i].name);
  return text + "\n";
}

std::string details(const ReceivedLine& line) {
  std::vector<std::string> parts;
  if (line.at) parts.push_back(format_time(*line.at));
  if (!line.address.empty()) parts.push_back("peer " + line.address);
  if (!line.id.empty()) parts.push_back("id " + line.id);
  if (!line.recipient.empty()) parts.push_back("for " + line.recipient);
  if (!line.tls_cipher.empty()) parts.push_back(line.tls_cipher);
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string way_of(const Hop& hop) {
  std::string text = hop.from.empty() ? "" : "from " + hop.from + " ";
  text += "by " + (hop.by.empty() ? std::string("an unnamed server") : hop.by);
  if (!hop.protocol.empty()) text += " with " + hop.protocol;
  if (!hop.tls.empty()) text += ", " + hop.tls;
  return text;
}

}  // namespace

std::string bar(Duration part, Duration longest) {
  std::string text;
  for (std::size_t i = 0; i < cells_of(part, longest); ++i) text += "█";
  return text.empty() && part > Duration::zero() ? "▏" : text;
}

std::string hop_bars(const std::vector<Hop>& hops, const OwnTimes& own, const std::vector<ReceivedLine>& lines) {
  if (hops.empty()) return "";
  const auto steps = estimate_steps(hops, own);
  std::vector<Shown> delays;
  bool undecided = false;
  Duration longest{};
  for (std::size_t i = 0; i < hops.size(); ++i) {
    delays.push_back(shown_delay(hops[i], steps[i], undecided));
    if (hops[i].at) undecided = steps[i].undecided;
    longest = std::max(longest, delays.back().delay.value_or(Duration::zero()));
  }
  std::string text = "hops\n";
  const std::string margin(14, ' ');
  for (std::size_t i = 0; i < hops.size(); ++i) {
    const auto& [delay, estimated] = delays[i];
    const std::string took = delay ? (estimated ? "about " : "") + signed_duration(*delay) : "-";
    const std::string cells = delay ? bar(*delay, longest) : "";
    const std::size_t blanks = bar_width - std::max<std::size_t>(delay ? cells_of(*delay, longest) : 0, !cells.empty());
    // Names are one line when they are read; here they may come from a ledger that others wrote to.
    text += fmt::format("  {:>12}  {}{}  {}\n", took, cells, std::string(blanks, ' '), one_line(way_of(hops[i])));
    if (i < lines.size()) {
      const std::string more = details(lines[i]);
      if (!more.empty()) text += fmt::format("{}  {}\n", margin, tinted(Tint::grey, one_line(more)));
    }
    if (!hops[i].note.empty())
      text += fmt::format("{}  {}\n", margin, tinted(Tint::yellow, "! " + one_line(hops[i].note)));
  }
  return text + sum_by_houses(hops, steps);
}

}  // namespace mailcanary
