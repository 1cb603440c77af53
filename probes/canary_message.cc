#include "probes/canary_message.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/mail_domain.h"
#include "core/text.h"
#include "core/units.h"
#include "probes/alterations.h"
#include "probes/canary_token.h"

namespace mailcanary {
namespace {

constexpr std::size_t max_line = 76;        // RFC 5322 §2.1.1 asks for 78; leave room for quoting
constexpr std::size_t max_local_part = 64;  // RFC 5321 §4.5.3.1.1

// An address goes into commands and header fields as it stands in the config; what could end either is dropped.
std::string safe_address(std::string_view address) {
  std::string out;
  for (const char c : address) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte != 0x7f && c != '<' && c != '>') out += c;
  }
  return out;
}

// Route names may hold anything; percent-encoding keeps them on one line and readable where they are plain.
std::string encode_route(std::string_view name) {
  constexpr std::size_t max_encoded = 200;
  std::string out;
  for (const char c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    if (out.size() >= max_encoded) break;
  }
  return out;
}

// The sender of the envelope: local+TAG@domain where that reaches the same mailbox and is not too long.
std::string envelope_sender(const Account& account, std::string_view address, std::string_view tag) {
  const auto at = address.rfind('@');
  if (!account.plus_addresses || at == std::string_view::npos || at + 1 + tag.size() > max_local_part) {
    return std::string(address);
  }
  return fmt::format("{}+{}{}", address.substr(0, at), tag, address.substr(at));
}

std::string padding_text(std::size_t bytes) {
  constexpr std::string_view filler = "These lines only make the message as long as its sender wants it to be here.";
  static_assert(filler.size() == max_line);
  std::string out;
  out.reserve(bytes + 2);
  while (out.size() < bytes) {
    const std::size_t left = bytes - out.size();
    std::size_t take = std::min(left, max_line + 2);
    if (left - take == 1) --take;  // a last line of one byte could not hold its own CRLF
    out += filler.substr(0, take < 2 ? 0 : take - 2);
    out += "\r\n";
  }
  return out;
}

// For the person who opens the mailbox. The token stands here too, for systems that send back only the body.
std::string body_text(const Canary& canary, std::string_view token, std::string_view contact) {
  return fmt::format(
      "Hello,\r\n"
      "\r\n"
      "this small message was sent by a program, Mailcanary, to see whether mail\r\n"
      "gets through and how long it takes. Nobody waits for an answer. It is\r\n"
      "removed by itself when it has been counted; deleting it does no harm.\r\n"
      "\r\n"
      "If it reached you by mistake or bothers you, please ask:\r\n"
      "  {}\r\n"
      "\r\n"
      "Route: {}\r\n"
      "Sent:  {}\r\n"
      "{}\r\n"
      "Token: {}\r\n",
      cut(one_line(contact), 200), cut(one_line(canary.route.str()), 200), format_mail_date(canary.sent_at),
      link_line(canary.id), token);
}

bool has_eight_bit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace

ComposedCanary compose_canary(const Canary& canary, const Account& from, const Account& to, std::size_t padding,
                              const Secret& key, std::string_view contact) {
  const std::string sender = safe_address(from.address);
  const std::string recipient = safe_address(to.address);
  const std::string token = make_token(canary.id, key);
  const SignedHeader vouched{canary.id, encode_route(canary.route.str()), sender, recipient,
                             format_time(canary.sent_at)};
  const std::string text = body_text(canary, token, contact.empty() ? sender : contact);
  const std::string domain = domain_of(sender);
  const std::string body = padding > 0 ? text + "\r\n" + padding_text(padding) : text;

  ComposedCanary out;
  out.envelope_from = envelope_sender(from, sender, make_verp_tag(canary.id, key));
  out.envelope_to = recipient;
  out.envelope_id = token;
  // No Precedence field: RFC 3834 gives it no meaning, and "bulk" or "list" changes how providers sort the mail.
  // Auto-Submitted keeps responders quiet (RFC 3834 §5), X-Auto-Response-Suppress those of Exchange.
  out.message = fmt::format(
      "From: Mailcanary <{sender}>\r\n"
      "To: <{recipient}>\r\n"
      "Subject: Mailcanary {token}\r\n"
      "Date: {date}\r\n"
      "Message-ID: <{token}@{domain}>\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: {encoding}\r\n"
      "Auto-Submitted: auto-generated\r\n"
      "X-Auto-Response-Suppress: All\r\n"
      "X-Mailcanary: v=1; id={id};\r\n"
      " route={route};\r\n"
      " at={at};\r\n"
      " body={seal};\r\n"
      " mac={mac}\r\n"
      "\r\n"
      "{body}",
      fmt::arg("sender", sender), fmt::arg("recipient", recipient), fmt::arg("token", token),
      fmt::arg("date", format_mail_date(canary.sent_at)), fmt::arg("domain", domain.empty() ? "localhost" : domain),
      fmt::arg("encoding", has_eight_bit(body) ? "8bit" : "7bit"), fmt::arg("id", token.substr(0, ulid_length)),
      fmt::arg("route", vouched.route), fmt::arg("at", vouched.at),
      fmt::arg("seal", make_seal(canary.id, text, body, key)), fmt::arg("mac", make_header_mac(vouched, key)),
      fmt::arg("body", body));
  return out;
}

}  // namespace mailcanary
