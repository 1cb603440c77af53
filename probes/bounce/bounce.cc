#include "probes/bounce/bounce.h"

#include <algorithm>

#include "core/text.h"
#include "probes/bounce/addresses.h"
#include "probes/bounce/agents.h"
#include "probes/bounce/contents.h"
#include "probes/bounce/decode.h"
#include "probes/bounce/delivery_status.h"
#include "probes/bounce/mail_parts.h"
#include "probes/bounce/prose.h"
#include "probes/bounce/reasons.h"
#include "probes/bounce/special_reports.h"

namespace mailcanary {

using namespace bounce;

namespace {

constexpr std::size_t max_shown = 500;
constexpr int max_nesting = 3;

std::string shown(std::string_view untrusted) { return cut(one_line(untrusted.substr(0, 4 * max_shown)), max_shown); }

// Who leaves out the action may still have said by the status how it went.
BounceKind kind_of(const std::string& action, const std::string& status) {
  const struct {
    std::string_view action;
    BounceKind kind;
  } rows[] = {{"delayed", BounceKind::delayed},
              {"delivered", BounceKind::delivered},
              {"relayed", BounceKind::relayed},
              {"expanded", BounceKind::expanded}};
  for (const auto& row : rows) {
    if (action == row.action) return row.kind;
  }
  return action.empty() && status.starts_with('2') ? BounceKind::delivered : BounceKind::failed;
}

struct Said {
  std::string by_machine;  // Diagnostic-Code and the comment of the status
  std::string by_text;     // what the text says of this recipient
  std::string around;      // the whole text, when it speaks of one recipient only; else the subject
  bool named = true;
};

// What holds for all recipients of a report.
struct Setting {
  std::string subject, agent, reporting_mta;
};

// The reply that another server passes on: "554 4.4.7 expired <421 4.4.2 timed out>", "550-'5.2.2 full'".
std::string_view innermost(std::string_view diagnostic) {
  const auto is_digit = [&](std::size_t i) {
    return i < diagnostic.size() && diagnostic[i] >= '0' && diagnostic[i] <= '9';
  };
  for (std::size_t i = 1; i + 8 < diagnostic.size(); ++i) {
    const bool angled = diagnostic[i - 1] == '<' && is_digit(i) && is_digit(i + 1) && is_digit(i + 2) &&
                        diagnostic[i + 3] == ' ' && is_digit(i + 4) && diagnostic[i + 5] == '.';
    const bool quoted = is_digit(i) && is_digit(i + 1) && is_digit(i + 2) &&
                        diagnostic.substr(i + 3).starts_with("-'") && is_digit(i + 5) && diagnostic[i + 6] == '.';
    if (angled || quoted) return diagnostic.substr(i);
  }
  return diagnostic;
}

BounceRow finished(const StatusGroup& group, const Said& said, const Setting& setting) {
  BounceRow row;
  row.recipient = group.recipient;
  row.action = shown(group.action);
  row.kind = kind_of(group.action, group.status);
  const std::string_view server = innermost(said.by_machine);
  row.reply = reply_code(server);
  if (row.reply.empty()) row.reply = reply_code(said.by_text);
  row.status = better_status(group.status, enhanced_status(server), enhanced_status(said.by_text));
  row.remote_mta = shown(group.remote_mta);
  row.diagnostic = shown(said.by_machine.empty() ? telling_part(said.by_text) : said.by_machine);
  const std::string_view recipient = group.recipient;
  const std::string places = lower(group.remote_mta + " " + setting.reporting_mta + " ")
                                 .append(recipient.substr(std::min(recipient.find('@') + 1, recipient.size())));
  row.reason = reason_of({said.by_machine, said.by_text, said.around, row.status, row.reply, row.action, setting.agent,
                          places, said.named});
  row.hard = row.kind == BounceKind::failed && is_hard(row.reason, row.status, row.reply);
  return row;
}

std::vector<BounceRow> rows_of_groups(const std::vector<StatusGroup>& groups, const Contents& contents,
                                      const Setting& setting) {
  std::vector<std::string> recipients;
  for (const auto& group : groups) recipients.push_back(group.recipient);
  const auto said = said_of(contents.report, recipients);
  std::vector<BounceRow> rows;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::string machine = groups[i].diagnostic;
    const std::string around = (groups.size() == 1 ? contents.report + "\n" : std::string()) + setting.subject + "\n" +
                               groups[i].status_comment;
    rows.push_back(
        finished(groups[i], {machine, i < said.size() ? said[i].says : std::string(), around, true}, setting));
  }
  return rows;
}

std::vector<std::string> failed_recipients(const Fields& header) {
  std::vector<std::string> failed;
  for (const auto& field : header.all()) {
    if (!iequals(field.name, "X-Failed-Recipients")) continue;
    for (const auto& found : addresses_in(field.value)) failed.push_back(found.address);
  }
  return failed;
}

std::vector<BounceRow> rows_of_prose(const Mail& mail, const Contents& contents, const Fields& original,
                                     const Setting& setting) {
  const std::vector<std::string> failed = failed_recipients(mail.header);
  auto said = failed.empty() ? recipients_in(contents.report, strangers_of(mail.header, original))
                             : said_of(contents.report, failed);
  if (said.empty()) said = recipients_at_heads(contents.report);
  const std::string to = first_address(original.get("To"));
  const bool named = !said.empty();
  if (!named && !to.empty()) said.push_back({to, {}});
  if (said.empty()) said = recipients_in(contents.report, {});  // somebody's mail to himself
  std::vector<BounceRow> rows;
  for (const auto& one : said) {
    StatusGroup group;
    group.recipient = one.address;
    group.action = says_delayed(setting.subject, contents.report) ? "delayed" : "failed";
    std::string says = one.says;
    if (said.size() == 1 && (reply_code(says).empty() || trim(says).empty())) says += "\n" + contents.report;
    const std::string around = (said.size() == 1 ? contents.report + "\n" : std::string()) + setting.subject;
    rows.push_back(finished(group, {{}, says, around, named}, setting));
  }
  return rows;
}

BounceMail read(std::string_view message, int nesting) {
  const std::string text = normalised(message);
  const Mail mail = split_mail(text);
  const Contents contents = contents_of(mail);
  const auto [original_header, original_body] = split_header(contents.original);
  const Fields original(original_header);
  const std::string subject = lower(decode_words(mail.header.get("Subject")));

  BounceMail result;
  DeliveryStatus status = parse_delivery_status(contents.status_text);
  // A mail that only quotes such fields (a ticket, a receipt passed on) says of nobody what became of his.
  const bool is_bounce = looks_like_bounce(mail, subject, contents.report);
  std::erase_if(status.groups, [&](const auto& group) {
    return group.action.empty() && (group.recipient.empty() || (group.status.empty() && !is_bounce));
  });
  const Setting setting{subject, agent_of(mail.header, contents.report, contents.status_text), status.reporting_mta};
  result.agent = setting.agent;
  if (auto complaint = feedback_rows(mail, original)) {
    result.rows = std::move(*complaint);
    result.agent = "Feedback-Loop";
  } else if (!status.groups.empty()) {
    for (auto& group : status.groups) {
      if (!group.recipient.empty() || status.groups.size() > 1) continue;
      const auto failed = failed_recipients(mail.header);
      group.recipient = failed.size() == 1 ? failed[0] : first_address(original.get("To"));
    }
    result.rows = rows_of_groups(status.groups, contents, setting);
  } else if (auto notification = ses_notification(contents.report)) {
    return *notification;
  } else if (auto vacation = vacation_row(mail, contents.report)) {
    result.rows.push_back(std::move(*vacation));
    result.agent = "RFC3834";
  } else if (is_bounce) {
    result.rows = rows_of_prose(mail, contents, original, setting);
  }
  if (result.rows.empty() && nesting < max_nesting && contents.original.find("elivery-status") != std::string::npos) {
    return read(contents.original, nesting + 1);  // somebody passed a bounce on
  }
  if (result.rows.empty()) result.agent.clear();
  result.reporting_mta = shown(status.reporting_mta);
  result.envelope_id = shown(status.envelope_id);
  result.arrival_date = parse_date(status.arrival_date);
  result.original_message_id = shown(original.get("Message-ID"));
  result.original_header = std::string(original_header);
  result.text = contents.report.substr(0, max_prose);
  return result;
}

}  // namespace

const char* name_of(BounceKind kind) {
  switch (kind) {
    case BounceKind::failed: return "failed";
    case BounceKind::delayed: return "delayed";
    case BounceKind::delivered: return "delivered";
    case BounceKind::relayed: return "relayed";
    case BounceKind::expanded: return "expanded";
    case BounceKind::feedback: return "feedback";
    case BounceKind::vacation: return "vacation";
    case BounceKind::none: return "none";
  }
  return "none";
}

BounceMail read_bounce_mail(std::string_view message) {
  BounceMail mail = read(message, 0);
  for (auto& row : mail.rows) row.recipient = shown(row.recipient);
  return mail;
}

}  // namespace mailcanary
