#include "monitor/cli/trace_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/units.h"
#include "monitor/cli/commands.h"
#include "monitor/cli/hop_bars.h"

namespace mailcanary {

namespace {

Tint tint_of(Fate fate) {
  if (fate == Fate::delivered) return Tint::green;
  if (fate == Fate::pending || fate == Fate::unknown) return Tint::grey;
  return failed(fate) ? Tint::red : Tint::yellow;
}

// "spf=pass dkim=fail": those that the receiver gave.
std::string verdict_words(const Verdicts& verdicts) {
  std::vector<std::string> words;
  const struct {
    const char* name;
    const std::string& said;
  } all[] = {{"spf", verdicts.spf}, {"dkim", verdicts.dkim}, {"dmarc", verdicts.dmarc}};
  for (const auto& verdict : all) {
    if (!verdict.said.empty()) words.push_back(fmt::format("{}={}", verdict.name, verdict.said));
  }
  return fmt::format("{}", fmt::join(words, " "));
}

std::string copies(int more) { return fmt::format("{} more {}", more, more == 1 ? "copy" : "copies"); }

std::string altered(const std::vector<std::string>& changes) {
  return fmt::format("altered on the way: {}", fmt::join(changes, "; "));
}

}  // namespace

std::string verdicts_text(const Verdicts& verdicts) {
  std::string text;
  const auto said = [](const std::string& verdict) { return verdict.empty() ? "-" : verdict.c_str(); };
  if (!verdicts.spf.empty() || !verdicts.dkim.empty() || !verdicts.dmarc.empty()) {
    text += fmt::format("verdicts spf={} dkim={} dmarc={}\n", said(verdicts.spf), said(verdicts.dkim),
                        said(verdicts.dmarc));
  }
  if (!verdicts.spam.empty()) text += fmt::format("spam     {}\n", verdicts.spam);
  return text;
}

std::string history_line(const Canary& canary) {
  std::vector<std::string> remarks;
  if (!canary.reason.empty()) remarks.push_back(canary.reason);
  if (const std::string verdicts = verdict_words(canary.verdicts); !verdicts.empty()) remarks.push_back(verdicts);
  if (canary.duplicates > 0) remarks.push_back(copies(canary.duplicates));
  if (!canary.changes.empty()) remarks.push_back(altered(canary.changes));
  return fmt::format("{}  {}  {}  {:>10}{}{}", canary.id.str(), format_time(canary.sent_at),
                     tinted(tint_of(canary.fate), fmt::format("{:11}", name_of(canary.fate))),
                     canary.round_trip ? human_duration(*canary.round_trip) : "-", remarks.empty() ? "" : "  ",
                     fmt::join(remarks, "; "));
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
  if (canary.duplicates > 0) text += fmt::format("arrived again: {}\n", copies(canary.duplicates));
  if (!canary.changes.empty()) text += altered(canary.changes) + "\n";
  if (!canary.smtp_reply.empty()) text += fmt::format("reply    {}\n", canary.smtp_reply);

  Duration longest{};
  for (const auto& stage : canary.stages) longest = std::max(longest, stage.took.value_or(Duration::zero()));
  if (!canary.stages.empty()) text += "\nstages\n";
  for (const auto& stage : canary.stages) {
    const std::string more = (stage.took ? bar(*stage.took, longest) : "") + stage.error;
    text += fmt::format("  {:8} {:>10}{}{}\n", name_of(stage.stage), stage.took ? human_duration(*stage.took) : "-",
                        more.empty() ? "" : "  ", more);
  }
  if (!canary.hops.empty()) text += "\n" + hop_bars(canary.hops, {canary.sent_at, canary.seen_at, {}}, {});
  const std::string verdicts = verdicts_text(canary.verdicts);
  if (!verdicts.empty()) text += "\n" + verdicts;
  if (canary.bounce) {
    text += fmt::format("\nbounce   {} {} {}\n         {}\n", canary.bounce->recipient, canary.bounce->status,
                        canary.bounce->reason, canary.bounce->diagnostic);
  }
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace mailcanary
