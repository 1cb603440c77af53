#include "monitor/traffic/traffic_report.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "core/units.h"
#include "monitor/traffic/traffic_rules.h"

namespace mailcanary {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_shown = 20;  // domains, as text

std::vector<TrafficLine> sorted(std::map<std::string, TrafficLine> lines) {
  std::vector<TrafficLine> list;
  for (auto& [name, line] : lines) {
    if (line.bounced == 0) continue;
    line.name = name;
    list.push_back(std::move(line));
  }
  std::stable_sort(list.begin(), list.end(), [](const TrafficLine& a, const TrafficLine& b) { return a.bounced > b.bounced; });
  return list;
}

std::optional<double> rate_of(const TrafficLine& line) {
  if (!line.sent || *line.sent == 0) return std::nullopt;
  return std::min(1.0, static_cast<double>(line.bounced) / static_cast<double>(*line.sent));
}

Json line_json(const TrafficLine& line, const char* name) {
  Json json = Json::object();
  if (name) json[name] = line.name;
  json["bounced"] = line.bounced;
  json["hard"] = line.hard;
  if (name && std::string_view(name) == "reason") return json;
  json["sent"] = line.sent ? Json(*line.sent) : Json(nullptr);
  const auto rate = rate_of(line);
  json["rate"] = rate ? Json(*rate) : Json(nullptr);
  if (!line.mostly.empty()) json["mostly"] = line.mostly;
  return json;
}

std::string sent_words(const TrafficLine& line) { return line.sent ? grouped_number(*line.sent) : "-"; }

}  // namespace

TrafficReport traffic_report(const Account& account, const TrafficRecord& record, WallTime from, WallTime until) {
  TrafficReport report;
  report.account = account.name;
  report.from = from;
  report.until = until;
  std::map<std::string, TrafficLine> domains, reasons;
  std::map<std::string, std::map<std::string, std::int64_t>> why;
  for (const auto& slot : record.bounces) {
    if (slot.account != account.name || slot.start > until) continue;
    for (TrafficLine* line : {&report.total, &domains[slot.domain], &reasons[slot.reason]}) {
      line->bounced += slot.recipients;
      if (slot.hard) line->hard += slot.recipients;
    }
    why[slot.domain][slot.reason] += slot.recipients;
  }
  for (const auto& slot : record.sent) {
    if (slot.account != account.name || slot.start > until) continue;
    report.total.sent = report.total.sent.value_or(0) + slot.mails;
    if (!slot.domain.empty()) domains[slot.domain].sent = domains[slot.domain].sent.value_or(0) + slot.mails;
  }
  for (auto& [domain, line] : domains) {
    for (const auto& [reason, recipients] : why[domain]) {
      if (recipients > line.mostly_bounced) line.mostly = reason;
      line.mostly_bounced = std::max(line.mostly_bounced, recipients);
    }
  }
  report.domains = sorted(std::move(domains));
  report.reasons = sorted(std::move(reasons));
  if (account.sent) {
    const bool command = account.sent->from == SentCount::From::command;
    report.sent_from = fmt::format("{} {}", name_of(account.sent->from), command ? account.sent->command.front() : account.sent->path);
    if (!report.total.sent) report.total.sent = 0;
  }
  return report;
}

std::string traffic_text(const TrafficReport& report) {
  const TrafficLine& all = report.total;
  const std::string span = human_duration(report.until - report.from);
  std::string text;
  if (all.sent) {
    const auto rate = rate_of(all);
    text = fmt::format("{}: {} of {} mails bounced in {} ({}), {} for good\n", report.account.str(), grouped_number(all.bounced),
                       grouped_number(*all.sent), span, rate ? percent_words(*rate) : "no rate", grouped_number(all.hard));
    text += fmt::format("mails sent: {}\n", one_line(report.sent_from));
  } else {
    text = fmt::format("{}: {} mails bounced in {}, {} for good; how many were sent is not counted (sent:)\n", report.account.str(),
                       grouped_number(all.bounced), span, grouped_number(all.hard));
  }
  if (!report.fault.empty()) text += fmt::format("unknown now: {}\n", one_line(report.fault));
  if (all.bounced == 0) return text;
  std::size_t width = 6;
  for (std::size_t i = 0; i < std::min(report.domains.size(), most_shown); ++i) width = std::max(width, cut(one_line(report.domains[i].name), 60).size());
  text += fmt::format("\n{:{}}  {:>9}  {:>9}  {:>7}  {:>9}  mostly\n", "domain", width, "sent", "bounced", "rate", "for good");
  for (std::size_t i = 0; i < std::min(report.domains.size(), most_shown); ++i) {
    const TrafficLine& line = report.domains[i];
    const auto rate = rate_of(line);
    text += fmt::format("{:{}}  {:>9}  {:>9}  {:>7}  {:>9}  {} {:.0f}%\n", cut(one_line(line.name), 60), width, sent_words(line),
                        grouped_number(line.bounced), rate ? percent_words(*rate) : "-", grouped_number(line.hard), line.mostly,
                        100.0 * static_cast<double>(line.mostly_bounced) / static_cast<double>(line.bounced));
  }
  if (report.domains.size() > most_shown) text += fmt::format("and {} more domains\n", report.domains.size() - most_shown);
  text += fmt::format("\n{:16}  {:>9}  {:>9}\n", "reason", "bounced", "for good");
  for (const auto& line : report.reasons)
    text += fmt::format("{:16}  {:>9}  {:>9}\n", line.name, grouped_number(line.bounced), grouped_number(line.hard));
  return text;
}

std::string traffic_json(const TrafficReport& report) {
  Json json = {{"account", report.account.str()}, {"from", format_time(report.from)}, {"until", format_time(report.until)}};
  json.update(line_json(report.total, nullptr));
  json["sent_from"] = report.sent_from.empty() ? Json(nullptr) : Json(report.sent_from);
  json["fault"] = report.fault.empty() ? Json(nullptr) : Json(report.fault);
  json["domains"] = Json::array();
  for (const auto& line : report.domains) json["domains"].push_back(line_json(line, "domain"));
  json["reasons"] = Json::array();
  for (const auto& line : report.reasons) json["reasons"].push_back(line_json(line, "reason"));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mailcanary
