#include "monitor/cli/trace_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/units.h"
#include "monitor/cli/commands.h"

namespace mailcanary {

namespace {

constexpr std::size_t bar_width = 30;

Tint tint_of(Fate fate) {
  if (fate == Fate::delivered) return Tint::green;
  if (fate == Fate::pending || fate == Fate::unknown) return Tint::grey;
  return failed(fate) ? Tint::red : Tint::yellow;
}

std::string bar(Duration part, Duration longest) {
  if (longest <= Duration::zero()) return "";
  const auto cells = static_cast<std::size_t>(static_cast<double>(part.count()) / static_cast<double>(longest.count()) * bar_width + 0.5);
  std::string text;
  for (std::size_t i = 0; i < std::min(cells, bar_width); ++i) text += "█";
  return text.empty() && part > Duration::zero() ? "▏" : text;
}

}  // namespace

std::string history_line(const Canary& canary) {
  return fmt::format("{}  {}  {}  {:>10}{}{}", canary.id.str(), format_time(canary.sent_at),
                     tinted(tint_of(canary.fate), fmt::format("{:11}", name_of(canary.fate))),
                     canary.round_trip ? human_duration(*canary.round_trip) : "-", canary.reason.empty() ? "" : "  ",
                     canary.reason);
}

std::string trace_text(const Canary& canary) {
  std::string text = fmt::format("canary   {}\nroute    {} ({} to {}), seen from {}\nfate     {}{}{}\nsent     {}\n",
                                 canary.id.str(), canary.route.str(), canary.from.str(), canary.to.str(), canary.vantage,
                                 tinted(tint_of(canary.fate), name_of(canary.fate)), canary.reason.empty() ? "" : ": ",
                                 canary.reason, format_time(canary.sent_at));
  if (canary.accepted_at) text += fmt::format("accepted {}\n", format_time(*canary.accepted_at));
  if (canary.arrived_at) {
    text += fmt::format("arrived  {} (by {}, to {})\n", format_time(*canary.arrived_at), name_of(canary.arrival_source),
                        canary.resolution ? human_duration(*canary.resolution) : "unknown");
  }
  if (canary.seen_at) text += fmt::format("seen     {} in {}\n", format_time(*canary.seen_at), canary.folder);
  if (canary.round_trip) text += fmt::format("took     {}\n", human_duration(*canary.round_trip));
  if (canary.duplicates > 0) text += fmt::format("copies   {} more\n", canary.duplicates);
  if (!canary.smtp_reply.empty()) text += fmt::format("reply    {}\n", canary.smtp_reply);

  Duration longest{};
  for (const auto& stage : canary.stages) longest = std::max(longest, stage.took.value_or(Duration::zero()));
  if (!canary.stages.empty()) text += "\nstages\n";
  for (const auto& stage : canary.stages) {
    const std::string more = (stage.took ? bar(*stage.took, longest) : "") + stage.error;
    text += fmt::format("  {:8} {:>10}{}{}\n", name_of(stage.stage), stage.took ? human_duration(*stage.took) : "-",
                        more.empty() ? "" : "  ", more);
  }
  longest = {};
  for (const auto& hop : canary.hops) longest = std::max(longest, hop.delay.value_or(Duration::zero()));
  if (!canary.hops.empty()) text += "\nhops\n";
  for (const auto& hop : canary.hops) {
    const std::string cells = hop.delay ? bar(*hop.delay, longest) : "";
    text += fmt::format("  {:>10}  {}  by {}{}{}{}\n", hop.delay ? human_duration(*hop.delay) : "-",
                        hop.from.empty() ? "(local)" : "from " + hop.from, hop.by,
                        hop.protocol.empty() ? "" : " with " + hop.protocol, cells.empty() ? "" : "  ", cells);
  }
  const auto& verdicts = canary.verdicts;
  if (!verdicts.spf.empty() || !verdicts.dkim.empty() || !verdicts.dmarc.empty()) {
    text += fmt::format("\nverdicts spf={} dkim={} dmarc={}\n", verdicts.spf, verdicts.dkim, verdicts.dmarc);
  }
  if (canary.bounce) {
    text += fmt::format("\nbounce   {} {}\n         {}\n", canary.bounce->recipient, canary.bounce->status, canary.bounce->diagnostic);
  }
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace mailcanary
