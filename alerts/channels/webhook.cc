// A JSON document posted to the operator's own program, signed per Standard Webhooks 1.0
// (https://www.standardwebhooks.com, spec/standard-webhooks.md).
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_delivery.h"
#include "alerts/channels/kinds.h"
#include "alerts/incident_object.h"
#include "core/crypto.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view secret_prefix = "whsec_";
constexpr std::size_t most_text_when_short = 300;

ordered_json text_or_null(const std::string& text) { return text.empty() ? ordered_json(nullptr) : ordered_json(text); }

ordered_json envelope(const Notice& notice, ordered_json data) {
  // The words of the types are NoticeKind's. The time is the event's; that of the attempt is in the headers.
  return {{"type", fmt::format("mailcanary.incident.{}", name_of(notice.kind))},
          {"timestamp", format_time(notice.created_at)},
          {"data", std::move(data)}};
}

std::string full_body(const Notice& notice) {
  ordered_json data = ordered_json::parse(notice.detail, nullptr, false);
  if (!data.is_object())
    data = {{"id", notice.incident.str()},
            {"key", notice.incident_key},
            {"title", notice.title},
            {"status", name_of(notice.status)},
            {"impact", name_of(notice.impact)}};
  data["url"] = text_or_null(notice.url);
  data["text"] = notice.text;
  data["notice"] = {{"kind", name_of(notice.kind)},
                    {"sequence", notice.sequence},
                    {"title", notice.title},
                    {"reason", notice.reason}};
  return json_text(envelope(notice, std::move(data)), JsonStyle::compact);
}

std::string short_body(const Notice& notice) {
  return json_text(envelope(notice, {{"id", notice.incident.str()},
                                     {"key", notice.incident_key},
                                     {"title", notice.title},
                                     {"status", name_of(notice.status)},
                                     {"impact", name_of(notice.impact)},
                                     {"url", text_or_null(notice.url)},
                                     {"text", cut(one_line(notice.text), most_text_when_short)}}),
                   JsonStyle::compact);
}

class WebhookChannel : public ChannelAdapter {
 public:
  WebhookChannel(ChannelTools tools, Secret url, Secret key, Duration timeout)
      : tools_(tools), url_(std::move(url)), key_(std::move(key)), timeout_(timeout) {}

  Task<Delivery> deliver(Notice notice) override {
    HttpRequest full = request(notice, full_body(notice));
    HttpRequest shortened = request(notice, short_body(notice));
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
