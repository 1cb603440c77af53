#include "probes/bounce_notice.h"

#include <algorithm>
#include <string>

#include "core/text.h"
#include "probes/canary_token.h"
#include "probes/header_fields.h"

namespace mailcanary {
namespace {

std::string field_of(std::string_view block, std::string_view name) {
  return header_field(block, name).value_or(std::string());
}

BounceReport::Kind kind_of(std::string_view action) {
  using Kind = BounceReport::Kind;
  const struct {
    std::string_view action;
    Kind kind;
  } table[] = {{"failed", Kind::failed},
               {"delayed", Kind::delayed},
               {"delivered", Kind::delivered},
               {"relayed", Kind::relayed},
               {"expanded", Kind::expanded}};
  for (const auto& row : table) {
    if (istarts_with(action, row.action)) return row.kind;
  }
  return Kind::other;
}

BounceReport report_of(const BounceMail& mail) {
  const auto fits = [](const BounceRow& row) {
    return row.kind == BounceKind::failed || row.kind == BounceKind::delayed;
  };
  auto row = std::find_if(mail.rows.begin(), mail.rows.end(), fits);
  if (row == mail.rows.end()) row = mail.rows.begin();
  BounceReport report;
  report.kind = kind_of(row->action);
  report.recipient = row->recipient;
  report.action = row->action;
  report.status = row->status;
  report.reply = row->reply;
  report.reason = row->reason;
  report.hard = row->hard;
  report.diagnostic = row->diagnostic;
  report.reporting_mta = mail.reporting_mta;
  report.remote_mta = row->remote_mta;
  return report;
}

// Fields in which the recipient of the bounce stands: our envelope sender, perhaps with the canary's tag.
constexpr std::string_view recipient_fields[] = {"Delivered-To", "X-Original-To", "Envelope-To", "To"};

std::optional<CanaryId> id_in_recipient(std::string_view message, const Secret& key) {
  for (const auto name : recipient_fields) {
    const auto address = header_field(message, name);
    if (!address) continue;
    if (auto id = verify_verp(*address, key)) return id;
  }
  return std::nullopt;
}

}  // namespace

bool may_be_bounce(std::string_view header_block) {
  const std::string type = lower(field_of(header_block, "Content-Type"));
  if (type.find("multipart/report") != std::string::npos) return true;
  if (header_field(header_block, "X-Failed-Recipients")) return true;
  const auto return_path = header_field(header_block, "Return-Path");
  if (return_path && *return_path == "<>") return true;
  const std::string from = lower(field_of(header_block, "From"));
  if (from.find("mailer-daemon") != std::string::npos || from.find("postmaster@") != std::string::npos) return true;
  for (const auto name : recipient_fields) {
    const std::string address = field_of(header_block, name);
    const auto plus = address.rfind('+');
    const auto at = address.rfind('@');
    if (plus != std::string::npos && at != std::string::npos && at > plus && at - plus - 1 == verp_tag_length) {
      return true;
    }
  }
  return false;
}

std::optional<BounceNotice> read_bounce(std::string_view message, const Secret& key) {
  return read_bounce(message, read_bounce_mail(message), key);
}

std::optional<BounceNotice> read_bounce(std::string_view message, const BounceMail& mail, const Secret& key) {
  if (mail.rows.empty()) return std::nullopt;

  BounceNotice notice;
  notice.report = report_of(mail);
  if (auto id = verify_token(mail.envelope_id, key)) {
    notice.canary = *id;
    notice.place = ProofPlace::envelope_id;
  } else if (auto tagged = id_in_recipient(message, key)) {
    notice.canary = *tagged;
    notice.place = ProofPlace::verp;
  } else if (auto original = recognise_canary(mail.original_header, key)) {
    notice.canary = original->id;
    notice.place = ProofPlace::embedded;
  } else if (auto quoted = verify_token(mail.original_header, key)) {
    notice.canary = *quoted;
    notice.place = ProofPlace::embedded;
  } else if (auto told =
                 verify_token(mail.text, key)) {  // some reports tell the subject, and nothing else of the message
    notice.canary = *told;
    notice.place = ProofPlace::embedded;
  } else {
    return std::nullopt;
  }
  return notice;
}

}  // namespace mailcanary
