#include "monitor/cli/bounce_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

#include "core/text.h"
#include "core/units.h"

namespace mailcanary {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::string& file, const BounceRow& row, const BounceMail& mail,
             const std::optional<CanaryId>& canary) {
  return {{"file", one_line(file)},
          {"kind", name_of(row.kind)},
          {"recipient", row.recipient},
          {"action", row.action},
          {"status", row.status},
          {"reply", row.reply},
          {"reason", row.reason},
          {"hard", row.hard},
          {"diagnostic", row.diagnostic},
          {"reporting_mta", mail.reporting_mta},
          {"remote_mta", row.remote_mta},
          {"arrival_date", mail.arrival_date ? Json(format_time(*mail.arrival_date)) : Json()},
          {"canary", canary ? Json(canary->str()) : Json()}};
}

// A message that is no bounce still has its line: nothing that was given is left out in silence.
std::vector<BounceRow> rows_or_none(const BounceMail& mail) {
  if (!mail.rows.empty()) return mail.rows;
  BounceRow none;
  none.kind = BounceKind::none;
  return {none};
}

const char* hardness(const BounceRow& row) {
  if (row.kind == BounceKind::failed) return row.hard ? ", hard" : ", soft";
  return "";
}

}  // namespace

std::string bounce_json(const std::string& file, const BounceMail& mail, const std::optional<CanaryId>& canary) {
  std::string lines;
  for (const auto& row : rows_or_none(mail)) {
    lines += json_of(file, row, mail, canary).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  return lines;
}

std::string bounce_tsv_header() { return "file\trecipient\tstatus\treply\taction\treason\thard\tagent\n"; }

std::string bounce_tsv(const std::string& file, const BounceMail& mail) {
  std::string lines;
  for (const auto& row : rows_or_none(mail)) {
    lines += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", one_line(file), row.recipient, row.status, row.reply,
                         row.action, row.reason, row.hard ? 1 : 0, mail.agent);
  }
  return lines;
}

std::string bounce_text(const std::string& file, const BounceMail& mail, const std::optional<CanaryId>& canary) {
  std::string text = one_line(file) + "\n";
  if (mail.rows.empty()) return text + "  no bounce\n";
  for (const auto& row : mail.rows) {
    std::vector<std::string> codes;
    for (const auto& code : {row.reply, row.status}) {
      if (!code.empty()) codes.push_back(code);
    }
    text +=
        fmt::format("  {}  {}{}: {}{}\n", row.recipient.empty() ? "(nobody named)" : row.recipient, name_of(row.kind),
                    hardness(row), row.reason, codes.empty() ? "" : fmt::format(" ({})", fmt::join(codes, " ")));
    if (!row.diagnostic.empty()) text += "    " + row.diagnostic + "\n";
  }
  if (canary) text += fmt::format("  canary {}\n", canary->str());
  return text;
}

void BounceTally::add(const BounceMail& mail) {
  ++messages_;
  if (mail.rows.empty()) ++no_bounce_;
  for (const auto& row : mail.rows) {
    ++recipients_;
    if (row.hard) ++hard_;
    ++reasons_[row.reason];
  }
}

std::string BounceTally::text() const {
  std::vector<std::pair<int, std::string>> order;
  for (const auto& [reason, count] : reasons_) order.emplace_back(count, reason);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text = fmt::format("{}, {}, {} of them hard", count_noun(messages_, "message", "messages"),
                                 count_noun(recipients_, "recipient", "recipients"), hard_);
  if (no_bounce_ > 0) text += fmt::format("; {} no bounce", no_bounce_);
  text += "\n";
  for (const auto& [count, reason] : order) text += fmt::format("{:>6}  {}\n", count, reason);
  return text;
}

}  // namespace mailcanary
