// A text message through Twilio: https://www.twilio.com/docs/messaging/api/message-resource. One SMS of plain ASCII
// where possible: the title alone, since a phone in the night shows no more. Accepted is not yet delivered there.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"
#include "core/crypto.h"

namespace mailcanary {
namespace {

constexpr std::size_t one_message = 160;

// What is outside ASCII makes the message cost twice, as it leaves the phone's own alphabet.
std::string ascii(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) out += c;
    else if ((byte & 0xC0) != 0x80) out += '?';
  }
  return out.substr(0, one_message);
}

Delivery judged(const Notice&, Posted posted) {
  const auto answer = json_answer(posted);
  if (posted.delivery.outcome != Delivery::Outcome::bad_payload || !answer.is_object()) return posted.delivery;
  const auto code = answer.find("code");
  if (code != answer.end() && code->is_number_integer()) posted.delivery.detail += fmt::format(" (code {})", code->get<int>());
  return posted.delivery;
}

}  // namespace

MadeChannel make_twilio_channel(ChannelTools tools, const Channel& channel) {
  const std::string account = setting(channel, "account_sid").reveal();
  const Secret token = setting(channel, "auth_token");
  const std::string from = setting(channel, "from").reveal(), to = setting(channel, "to").reveal();
  if (account.empty() || token.empty() || from.empty() || to.empty())
    return bad_setting(channel, "account_sid, auth_token, from and to are all needed");
  const std::string url = fmt::format("{}/2010-04-01/Accounts/{}/Messages.json",
                                      base_url(channel, "url", "https://api.twilio.com"), percent_encoded(account));
  const Secret login("Authorization: Basic " + to_base64(account + ":" + token.reveal()));
  HttpKind kind;
  kind.request = [login, from, to, url](const Notice& notice, Form) {
    const char* sender = from.starts_with("MG") ? "MessagingServiceSid" : "From";
    return form_request(url, {{"To", to}, {sender, from}, {"Body", ascii(title_of(notice, one_message))}},
                        {login.reveal()});
  };
  kind.judge = judged;
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
