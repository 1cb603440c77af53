// What the file says of real traffic: how many mails were sent, and rules that watch how many of them bounce.
#include <algorithm>

#include <fmt/format.h>

#include "config/bounce_reasons.h"
#include "config/sections.h"
#include "config/suggest.h"
#include "core/text.h"

namespace mailcanary {
namespace {

// Below this many mails a rate says little: one bounce of one mail is no disruption.
constexpr int enough_mails = 100;

bool is_domain(std::string_view text) {
  return text.size() <= 253 && text.find('.') != std::string_view::npos && !text.starts_with('.') && !text.ends_with('.') &&
         text.find_first_of("@ /") == std::string_view::npos;
}

bool is_rate(const Rule& rule) { return rule.measure.ends_with("_rate"); }

bool watches(const Rule& rule, const Account& account) {
  const auto holds = [](const auto& list, const auto& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
  };
  if (!account.bounces) return false;
  if (!rule.accounts.empty() && !holds(rule.accounts, account.name)) return false;
  return rule.providers.empty() || holds(rule.providers, account.provider);
}

void check_counts(const Loading& loading, const MapReader& reader, const Rule& rule) {
  const auto say = [&](std::string_view key, const std::string& words) { reader.report().error(reader.place_of(key), words); };
  bool watched = false;
  for (const Account& account : loading.config.accounts) {
    if (!watches(rule, account)) continue;
    watched = true;
    const std::string name = in_quotes(account.name.str());
    if (is_rate(rule) && !account.sent) {
      say("measure", fmt::format("{} is a share of the mails sent, and account {} does not say how many there are; give it "
                                 "sent: {{file: PATH}}, or measure traffic.bounces",
                                 rule.measure, name));
    } else if (is_rate(rule) && !rule.domain.empty() && account.sent->from != SentCount::From::postfix_log) {
      say("domain", fmt::format("how many mails went to {} is known from a log of Postfix only, and account {} counts by {}; "
                                "measure traffic.bounces, or give it sent: {{postfix_log: PATH}}",
                                rule.domain, name, name_of(account.sent->from)));
    }
  }
  if (watched) return;
  if (rule.accounts.empty() && rule.providers.empty()) {
    say("measure", fmt::format("{} counts in mailboxes of real bounces, and there is none; give an account bounces: true",
                               rule.measure));
  } else {
    say(rule.accounts.empty() ? "providers" : "accounts",
        fmt::format("{} counts in mailboxes of real bounces, and none of these is one; name accounts with bounces: true",
                    rule.measure));
  }
}

}  // namespace

std::optional<SentCount> read_sent(const Loading& loading, const MapReader& reader, const Account& account) {
  const auto section = reader.section("sent", Section::sent);
  if (!section) return std::nullopt;
  if (!account.bounces)
    reader.report().error(reader.place_of("sent"),
                          fmt::format("sent goes with bounces: true, and {} is none such; add that or remove sent", reader.where()));
  SentCount sent;
  std::string_view used;
  const auto only = [&](std::string_view key) {
    if (!section->has(key)) return false;
    if (!used.empty()) {
      reader.report().error(section->place_of(key), fmt::format("sent has {} and {}; keep one", used, key));
      return false;
    }
    used = key;
    return true;
  };
  if (only("file")) {
    sent.path = (loading.folder / section->text("file").value_or("")).string();
  }
  if (only("command")) {
    sent.from = SentCount::From::command;
    sent.command = section->arguments("command");
  }
  if (only("postfix_log")) {
    sent.from = SentCount::From::postfix_log;
    sent.path = (loading.folder / section->text("postfix_log").value_or("")).string();
  }
  if (used.empty() && section->is_map())
    reader.report().error(section->place(),
                          "sent does not say where the number comes from; write file: PATH, command: [PROGRAM] or "
                          "postfix_log: PATH");
  if (const auto counts = section->text("counts")) {
    if (*counts == "interval") {
      sent.counts = SentCount::Counts::interval;
    } else if (*counts != "total") {
      reader.report().error(section->place_of("counts"), fmt::format("counts is total or interval, not {}; {}", in_quotes(*counts),
                                                                     suggest(*counts, {"total", "interval"}, "")));
    }
    if (used == "postfix_log")
      reader.report().error(section->place_of("counts"), "counts is of a number, and a log has none; remove it");
  }
  return sent;
}

void read_traffic(Loading& loading, const MapReader& reader, Rule& rule) {
  const auto misplaced = [&](std::string_view key, std::string_view with) {
    if (reader.has(key))
      reader.report().error(reader.place_of(key), fmt::format("{} goes with {}; remove it", key, with));
  };
  if (!measures_traffic(rule)) {
    if (rule.measure.empty()) return;  // said already
    misplaced("domain", "measures of real traffic, traffic.bounce_rate say");
    misplaced("reason", "measures of real traffic, traffic.bounce_rate say");
    return;
  }
  misplaced("per", "measures of canaries");
  misplaced("routes", "measures of canaries");
  misplaced("recover", "measures of canaries");
  if (!reader.has("min_samples") && is_rate(rule)) rule.min_samples = enough_mails;
  rule.domain = lower(reader.text("domain").value_or(""));
  if (!rule.domain.empty() && !is_domain(rule.domain)) {
    reader.report().error(reader.place_of("domain"), fmt::format("{} is no domain; write it as example.com", in_quotes(rule.domain)));
    return;
  }
  rule.reason = reader.text("reason").value_or("");
  const auto known = bounce_reasons();
  if (!rule.reason.empty() && std::find(known.begin(), known.end(), rule.reason) == known.end()) {
    std::vector<std::string> names(known.begin(), known.end());
    reader.report().error(reader.place_of("reason"), fmt::format("no bounce has the reason {}; {}", in_quotes(rule.reason),
                                                                 suggest(rule.reason, names, "")));
  }
  check_counts(loading, reader, rule);
}

}  // namespace mailcanary
