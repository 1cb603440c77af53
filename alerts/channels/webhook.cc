// A JSON document posted to the operator's own program, signed per Standard Webhooks 1.0
// (https://www.standardwebhooks.com, spec/standard-webhooks.md).
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "alerts/channels/http_delivery.h"
#include "alerts/channels/kinds.h"
#include "alerts/channels/notice_json.h"
#include "core/crypto.h"

namespace mailcanary {
namespace {

constexpr std::string_view secret_prefix = "whsec_";

class WebhookChannel : public ChannelAdapter {
 public:
  WebhookChannel(ChannelTools tools, Secret url, Secret key, Duration timeout)
      : tools_(tools), url_(std::move(url)), key_(std::move(key)), timeout_(timeout) {}

  Task<Delivery> deliver(Notice notice) override {
    HttpRequest full = request(notice, notice_json(notice, Form::full));
    HttpRequest shortened = request(notice, notice_json(notice, Form::shortened));
    const Posted posted = co_await post(tools_.http, std::move(full), std::move(shortened));
    co_return posted.delivery;
  }

 private:
  HttpRequest request(const Notice& notice, std::string body) const {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(tools_.loop.now().wall).time_since_epoch().count();
    HttpRequest request;
    request.method = "POST";
    request.url = url_.reveal();
    request.deadline = timeout_;
    request.headers = {"Content-Type: application/json", fmt::format("webhook-id: {}", notice.id.str()),
                       fmt::format("webhook-timestamp: {}", seconds)};
    if (!key_.empty()) {
      const std::string signed_text = fmt::format("{}.{}.{}", notice.id.str(), seconds, body);
      request.headers.push_back("webhook-signature: v1," + to_base64(hmac_sha256(key_.reveal(), signed_text)));
    }
    request.body = std::move(body);
    return request;
  }

  ChannelTools tools_;
  Secret url_, key_;
  Duration timeout_;
};

}  // namespace

MadeChannel make_webhook_channel(ChannelTools tools, const Channel& channel) {
  Secret url = setting(channel, "url");
  if (url.empty()) return bad_setting(channel, "url is missing");
  Secret key = setting(channel, "secret");
  if (key.reveal().starts_with(secret_prefix)) {
    const auto bytes = from_base64(std::string_view(key.reveal()).substr(secret_prefix.size()));
    if (!bytes || bytes->empty()) return bad_setting(channel, "secret is not base64 after whsec_");
    key = Secret(*bytes);
  }
  return std::unique_ptr<ChannelAdapter>(
      std::make_unique<WebhookChannel>(tools, std::move(url), std::move(key), channel.timeout));
}

}  // namespace mailcanary
