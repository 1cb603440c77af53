#include "monitor/practice/delivery_report.h"

#include <fmt/format.h>

#include "core/ids.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary::practice {
namespace {

// "550 5.1.1 text" has 5.1.1 as its status; a reply without an enhanced code says only its first digit (RFC 3463 §2).
std::string status_of(std::string_view reply) {
  if (reply.size() < 4) return "5.0.0";
  const std::string_view code = reply.substr(4, reply.find(' ', 4) - 4);
  const bool enhanced = code.size() >= 5 && code[1] == '.' && code.find_first_not_of("0123456789.") == code.npos;
  return enhanced ? std::string(code) : fmt::format("{}.0.0", reply.front());
}

std::string_view header_block(std::string_view message) {
  const auto blank = message.find("\r\n\r\n");
  return blank == std::string_view::npos ? message : message.substr(0, blank + 2);
}

std::string optional_field(std::string_view name, std::string_view prefix, std::string_view value) {
  return value.empty() ? std::string() : fmt::format("{}: {}{}\r\n", name, prefix, one_line(value));
}

}  // namespace

std::string compose_report(const DeliveryReport& report, std::string_view original, WallTime now) {
  const bool failed = report.action == DeliveryReport::Action::failed;
  // RFC 3461 §4.3: the whole message goes back only when it could not be delivered.
  const bool whole = failed && report.returns == DeliveryReport::Return::whole;
  const std::string id = make_ulid(now);
  const std::string boundary = fmt::format("{}/{}", id, report.reporting_mta);
  const std::string_view refused_by = report.remote_mta.empty() ? report.reporting_mta : report.remote_mta;

  std::string text = fmt::format(
      "Date: {}\r\n"
      "From: Mail Delivery System <MAILER-DAEMON@{}>\r\n"
      "To: {}\r\n"
      "Subject: {}\r\n"
      "Message-ID: <{}@{}>\r\n"
      "Auto-Submitted: auto-replied\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type=delivery-status;\r\n"
      "\tboundary=\"{}\"\r\n"
      "\r\n"
      "This is a MIME-encapsulated message.\r\n",
      format_mail_date(now), report.reporting_mta, report.sender,
      failed ? "Undelivered Mail Returned to Sender" : "Successful Mail Delivery Report", id, report.reporting_mta,
      boundary);
  text += fmt::format(
      "\r\n--{}\r\nContent-Description: Notification\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
      "This is the practice mail system at {}.\r\n\r\n",
      boundary, report.reporting_mta);
  text += failed ? fmt::format("Your message could not be delivered to <{}>: {} said: {}\r\n", report.recipient,
                               refused_by, one_line(report.reply))
                 : fmt::format("Your message was delivered to <{}>.\r\n", report.recipient);
  text += fmt::format(
      "\r\n--{}\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n"
      "Reporting-MTA: dns; {}\r\n",
      boundary, report.reporting_mta);
  text += optional_field("Original-Envelope-Id", "", report.envelope_id);
  text += fmt::format("Arrival-Date: {}\r\n\r\n", format_mail_date(report.arrived_at));
  text += optional_field("Original-Recipient", "", report.original_recipient);
  text += fmt::format("Final-Recipient: rfc822; {}\r\nAction: {}\r\nStatus: {}\r\n", report.recipient,
                      failed ? "failed" : "delivered", status_of(report.reply));
  text += optional_field("Remote-MTA", "dns; ", report.remote_mta);
  text += optional_field("Diagnostic-Code", "smtp; ", report.reply);
  text += fmt::format("\r\n--{}\r\nContent-Description: {}\r\nContent-Type: {}\r\n\r\n", boundary,
                      whole ? "The message" : "The header of the message",
                      whole ? "message/rfc822" : "text/rfc822-headers");
  text += whole ? original : header_block(original);
  text += fmt::format("\r\n--{}--\r\n", boundary);
  return text;
}

}  // namespace mailcanary::practice
