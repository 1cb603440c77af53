#include "probes/bounce/special_reports.h"

#include <algorithm>
#include <unordered_set>

#include "core/text.h"
#include "probes/bounce/addresses.h"
#include "probes/bounce/decode.h"

namespace mailcanary::bounce {
namespace {

BounceRow feedback_row(std::string recipient, const std::string& diagnostic) {
  BounceRow row;
  row.kind = BounceKind::feedback;
  row.recipient = std::move(recipient);
  row.reason = "feedback";
  row.diagnostic = diagnostic;
  return row;
}

bool any_in(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return text.find(word) != std::string::npos; });
}

}  // namespace

std::optional<std::vector<BounceRow>> feedback_rows(const Mail& mail, const Fields& original) {
  const auto part = std::find_if(mail.parts.begin(), mail.parts.end(), [](const auto& p) { return p.is_feedback(); });
  std::vector<BounceRow> rows;
  std::string type;
  if (part != mail.parts.end()) {
    // The field may come several times, and a line may be too much: any block of it counts.
    std::unordered_set<std::string> seen;
    std::string removal;
    const std::string text = part->text();
    std::string_view rest = text;
    while (!rest.empty() && rows.size() < 1000) {
      const Field field = field_of_line(take_line(rest));
      if (iequals(field.name, "Feedback-Type")) type = lower(field.value);
      if (iequals(field.name, "Removal-Recipient")) removal = first_address(field.value);
      if (!iequals(field.name, "Original-Rcpt-To") && !iequals(field.name, "Redacted-Address")) continue;
      std::string address = first_address(field.value);
      if (!address.empty() && seen.insert(address).second) rows.push_back(feedback_row(std::move(address), type));
    }
    if (rows.empty() && !removal.empty()) rows.push_back(feedback_row(std::move(removal), type));
  } else if (!original.has("X-HmXmrOriginalRecipient")) {
    return std::nullopt;
  }
  for (const auto name : {"X-HmXmrOriginalRecipient", "X-Apparently-To", "To"}) {
    if (rows.empty() && !first_address(original.get(name)).empty())
      rows.push_back(feedback_row(first_address(original.get(name)), type));
  }
  if (rows.empty()) rows.push_back(feedback_row({}, type));
  for (auto& row : rows) row.diagnostic = one_line(type);
  return rows;
}

std::optional<BounceRow> vacation_row(const Mail& mail, std::string_view report) {
  const std::string subject = lower(decode_words(mail.header.get("Subject")));
  const std::string submitted = lower(mail.header.get("Auto-Submitted"));
  const bool says_so =
      submitted.starts_with("auto-replied") || mail.header.has("X-Autoreply") || mail.header.has("X-Autorespond") ||
      mail.header.has("X-Auto-Response-From") || lower(mail.header.get("Precedence")).starts_with("auto_reply") ||
      any_in(lower(mail.header.get("X-Auto-Response-Suppress") + mail.header.get("X-Mail-Autoreply")), {"oof", "yes"});
  const bool sounds_so =
      subject.starts_with("auto:") || subject.starts_with("auto response") ||
      any_in(subject, {"automatic reply", "autoreply", "auto-reply", "autoresponse", "auto response", "out of office",
                       "out-of-office", "out of the office", "vacation", "abwesenheit", "automatische antwort",
                       "absence du bureau", "réponse automatique", "fuera de la oficina", "respuesta autom",
                       "risposta automatica", "自動応答", "автоматический ответ"});
  if (!says_so && !sounds_so) return std::nullopt;
  const std::string from = lower(mail.header.get("From"));
  if (any_in(from, {"mailer-daemon", "postmaster@"})) return std::nullopt;
  BounceRow row;
  row.kind = BounceKind::vacation;
  row.recipient = first_address(from);
  row.reason = "vacation";
  row.diagnostic = cut(one_line(report.substr(0, 4096)), 500);
  return row;
}

}  // namespace mailcanary::bounce
