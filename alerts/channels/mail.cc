// A mail from one of the accounts. Its Message-ID is the notice's, so a repetition can be told; all mails of an incident
// stand in one thread (References). Marked as automatic, so that nobody's responder answers (RFC 3834 §5).
#include <algorithm>

#include <fmt/format.h>

#include "alerts/channels/kinds.h"
#include "alerts/channels/notice_parts.h"
#include "core/crypto.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

constexpr std::size_t longest_line = 990;      // RFC 5322 §2.1.1 allows 998
constexpr std::size_t encoded_bytes = 45;      // 60 characters of base64 in an encoded word of at most 75 (RFC 2047 §2)
constexpr std::size_t base64_line = 76;        // RFC 2045 §6.8

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

// Encoded words, none of which splits a character.
std::string header_text(const std::string& text) {
  if (is_plain(text)) return text;
  std::string words;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(at + encoded_bytes, text.size());
    while (end < text.size() && end > at && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    if (end == at) end = text.size();  // no UTF-8 at all; title_of lets none through
    words += (words.empty() ? "=?utf-8?B?" : "\r\n =?utf-8?B?") + to_base64(text.substr(at, end - at)) + "?=";
    at = end;
  }
  return words;
}

std::string with_crlf(std::string_view text) {
  std::string lines;
  for (const char c : text) {
    if (c == '\n') lines += '\r';
    lines += c;
  }
  return lines;
}

bool has_long_line(std::string_view text) {
  std::size_t length = 0;
  for (const char c : text) {
    length = c == '\n' ? 0 : length + 1;
    if (length > longest_line) return true;
  }
  return false;
}

std::string body_of(const Notice& notice) {
  std::string text = text_of(notice, Form::full, 20'000) + "\n";
  if (const std::string link = link_of(notice); !link.empty()) text += "\n" + link + "\n";
  text += "\n-- \nMailcanary, channel " + notice.channel.str() + "\n";
  return text;
}

std::string message_of(const Notice& notice, const std::string& from, const std::string& to) {
  const std::string domain = from.substr(from.rfind('@') + 1);
  const std::string text = body_of(notice);
  const bool plain = is_plain(text) && !has_long_line(text);
  std::string message = fmt::format(
      "Date: {}\r\nFrom: Mailcanary <{}>\r\nTo: <{}>\r\nSubject: {}\r\nMessage-ID: <{}@{}>\r\n"
      "References: <incident.{}@{}>\r\nAuto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n"
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset={}\r\nContent-Transfer-Encoding: {}\r\n\r\n",
      format_mail_date(notice.created_at), from, to, header_text(title_of(notice, 150)), notice.id.str(), domain,
      notice.incident.str(), domain, plain ? "us-ascii" : "utf-8", plain ? "7bit" : "base64");
  if (plain) return message + with_crlf(text);
  const std::string encoded = to_base64(with_crlf(text));
  for (std::size_t at = 0; at < encoded.size(); at += base64_line) message += encoded.substr(at, base64_line) + "\r\n";
  return message;
}

class MailChannel : public ChannelAdapter {
 public:
  MailChannel(MailSender& sender, AccountName account, std::string to, Duration timeout)
      : sender_(sender), account_(std::move(account)), to_(std::move(to)), timeout_(timeout) {}

  Task<Delivery> deliver(Notice notice) override {
    const std::string from = sender_.address_of(account_);
    OutgoingMail mail{notice.id.str(), from, to_, message_of(notice, from, to_)};
    return sender_.send(account_, std::move(mail), timeout_);
  }

 private:
  MailSender& sender_;
  AccountName account_;
  std::string to_;
  Duration timeout_;
};

bool is_address(const std::string& text) {
  const auto at = text.rfind('@');
  return at != std::string::npos && at > 0 && at + 1 < text.size() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c < 0x7f && c != '<' && c != '>' && c != ','; });
}

}  // namespace

MadeChannel make_mail_channel(ChannelTools tools, const Channel& channel) {
  const AccountName account(setting(channel, "account").reveal());
  const std::string to = setting(channel, "to").reveal();
  if (!is_address(to)) return bad_setting(channel, "to is no plain mail address; write it as local@domain in ASCII");
  if (tools.mail == nullptr || tools.mail->address_of(account).empty())
    return bad_setting(channel, fmt::format("account {} cannot send", account.str()));
  return std::unique_ptr<ChannelAdapter>(std::make_unique<MailChannel>(*tools.mail, account, to, channel.timeout));
}

}  // namespace mailcanary
