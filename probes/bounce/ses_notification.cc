// Amazon SES tells of bounces by SNS: a JSON object whose Message is JSON again, or that object by itself.
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "probes/bounce/addresses.h"
#include "probes/bounce/reasons.h"
#include "probes/bounce/special_reports.h"

namespace mailcanary::bounce {
namespace {

using Json = nlohmann::json;

// The library is asked not to throw; depth is bounded by a look at the text first.
Json parsed(std::string_view text) {
  constexpr int max_depth = 32;
  int depth = 0;
  for (const char c : text) {
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > max_depth) return Json(Json::value_t::discarded);
  }
  return Json::parse(text, nullptr, false);
}

const Json& member(const Json& object, const char* name) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto at = object.find(name);
  return at == object.end() ? none : *at;
}

std::string text_member(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

// Long lines are folded by hand on the way: a newline inside a string is none of the JSON.
std::string unfolded_json(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\n') {
      out += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == ' ' && !out.empty() && out.back() != ',' && out.back() != '{') {
      ++i;
    }
  }
  return out;
}

constexpr std::string_view mail_agent = "AmazonSES";

BounceRow failed_row(const Json& recipient, const Json& bounce) {
  const std::string diagnostic = text_member(recipient, "diagnosticCode");
  BounceRow row;
  row.kind = BounceKind::failed;
  row.recipient = first_address(text_member(recipient, "emailAddress"));
  row.action = lower(text_member(recipient, "action"));
  if (row.action == "delayed") row.kind = BounceKind::delayed;
  row.reply = reply_code(diagnostic);
  row.status = better_status(enhanced_status(text_member(recipient, "status")), enhanced_status(diagnostic), {});
  const std::string type = text_member(bounce, "bounceType"), sub_type = text_member(bounce, "bounceSubType");
  const std::string around = sub_type == "Suppressed" || sub_type == "OnAccountSuppressionList" ? "suppression list"
                             : sub_type == "MailboxFull"                                        ? "mailbox full"
                             : sub_type == "MessageTooLarge"                                    ? "message too large"
                             : sub_type == "NoEmail"                                            ? "no such mailbox"
                                                                                                : "";
  row.reason = reason_of({diagnostic, {}, around, row.status, row.reply, row.action, mail_agent, {}, true});
  row.hard = row.kind == BounceKind::failed && is_hard(row.reason, row.status, row.reply);
  row.diagnostic = cut(one_line(diagnostic), 500);
  return row;
}

void append_recipients(BounceMail& mail, const Json& list, auto row_of) {
  if (!list.is_array()) return;
  for (const auto& recipient : list) {
    if (mail.rows.size() < 1000) mail.rows.push_back(row_of(recipient));
  }
}

}  // namespace

std::optional<BounceMail> ses_notification(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos || text[begin] != '{' || text.find("otificationType") == std::string_view::npos) {
    if (begin == std::string_view::npos || text[begin] != '{' || text.find("eventType") == std::string_view::npos)
      return std::nullopt;
  }
  text.remove_prefix(begin);
  const auto end = text.rfind('}');
  if (end == std::string_view::npos) return std::nullopt;
  Json event = parsed(unfolded_json(text.substr(0, end + 1)));
  if (const std::string inner = text_member(event, "Message"); !inner.empty()) event = parsed(inner);
  if (!event.is_object()) return std::nullopt;

  BounceMail mail;
  mail.agent = mail_agent;
  const Json& bounce = member(event, "bounce");
  append_recipients(mail, member(bounce, "bouncedRecipients"),
                    [&](const Json& recipient) { return failed_row(recipient, bounce); });
  append_recipients(mail, member(member(event, "complaint"), "complainedRecipients"), [&](const Json& recipient) {
    BounceRow row;
    row.kind = BounceKind::feedback;
    row.reason = "feedback";
    row.recipient = first_address(text_member(recipient, "emailAddress"));
    row.diagnostic = cut(one_line(text_member(member(event, "complaint"), "complaintFeedbackType")), 500);
    return row;
  });
  append_recipients(mail, member(member(event, "delivery"), "recipients"), [&](const Json& recipient) {
    const std::string said = text_member(member(event, "delivery"), "smtpResponse");
    BounceRow row;
    row.kind = BounceKind::delivered;
    row.action = "delivered";
    row.reason = "delivered";
    row.recipient = recipient.is_string() ? first_address(recipient.get<std::string>()) : std::string();
    row.status = enhanced_status(said);
    row.diagnostic = cut(one_line(said), 500);
    return row;
  });
  if (mail.rows.empty()) return std::nullopt;
  const std::string reporting = text_member(bounce, "reportingMTA");
  mail.reporting_mta =
      one_line(reporting.substr(reporting.find(';') == std::string::npos ? 0 : reporting.find(';') + 1));
  mail.original_message_id =
      cut(one_line(text_member(member(member(event, "mail"), "commonHeaders"), "messageId")), 500);
  return mail;
}

}  // namespace mailcanary::bounce
