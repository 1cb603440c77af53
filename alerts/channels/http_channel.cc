#include "alerts/channels/http_channel.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/incident_object.h"
#include "core/text.h"

namespace mailcanary {
namespace {

using Outcome = Delivery::Outcome;

class HttpChannel : public ChannelAdapter {
 public:
  HttpChannel(ChannelTools tools, Duration timeout, HttpKind kind)
      : tools_(tools), timeout_(timeout), kind_(std::move(kind)) {}

  Task<Delivery> deliver(Notice notice) override {
    std::optional<HttpRequest> find = kind_.find && notice.remote_ref.empty() ? kind_.find(notice) : std::nullopt;
    if (find) {
      find->deadline = timeout_;
      const Result<HttpResponse> answer = co_await tools_.http.exchange(std::move(*find));
      const Posted looked{delivery_of(answer), answer ? answer->body : std::string()};
      const bool cannot_look = looked.delivery.outcome == Outcome::bad_payload;  // it does not know such a question
      if (looked.delivery.outcome != Outcome::delivered && !cannot_look) co_return looked.delivery;
      if (!cannot_look) notice.remote_ref = kind_.found(notice, looked);
    }
    Delivery delivery = co_await attempt(notice, kind_.request);
    if (delivery.outcome != Outcome::delivered || !kind_.follow_up) co_return delivery;
    const std::string ref = delivery.remote_ref;
    if (ref != notice.remote_ref) notice.remote_ref.clear();
    Delivery second = co_await attempt(std::move(notice), kind_.follow_up);
    second.remote_ref = ref;  // also after a failure: the thing is there
    co_return second;
  }

  Duration repeat_every() const override { return kind_.repeat ? kind_.repeat_every : Duration{}; }

  Task<Delivery> repeat(Standing standing) override {
    std::optional<HttpRequest> request = kind_.repeat(standing);
    if (!request) {
      Delivery told;
      told.outcome = Outcome::delivered;
      co_return told;
    }
    request->deadline = timeout_;
    Posted posted = co_await post(tools_.http, std::move(*request), std::nullopt);
    if (kind_.judge) co_return kind_.judge(Notice{}, std::move(posted));
    co_return std::move(posted.delivery);
  }

 private:
  using Compose = std::function<std::optional<HttpRequest>(const Notice&, Form)>;

  Task<Delivery> attempt(Notice notice, Compose compose) {
    if (!compose(notice, Form::full)) {
      Delivery told;
      told.outcome = Outcome::delivered;
      told.detail = "the service has no word for this";
      told.remote_ref = notice.remote_ref;
      co_return told;
    }
    Posted posted = co_await exchange(notice, compose);
    const bool gone = !notice.remote_ref.empty() && kind_.is_gone && kind_.is_gone(posted);
    if (gone) {
      notice.remote_ref.clear();
      posted = co_await exchange(notice, compose);
    }
    if (posted.delivery.outcome == Outcome::delivered) posted.delivery.remote_ref = notice.remote_ref;
    if (kind_.judge) co_return kind_.judge(notice, std::move(posted));
    co_return std::move(posted.delivery);
  }

  Task<Posted> exchange(Notice notice, Compose compose) {
    std::optional<HttpRequest> full = compose(notice, Form::full);
    std::optional<HttpRequest> shortened = compose(notice, Form::shortened);
    full->deadline = timeout_;
    if (shortened) shortened->deadline = timeout_;
    Posted posted = co_await post(tools_.http, std::move(*full), std::move(shortened));
    co_return posted;
  }

  ChannelTools tools_;
  Duration timeout_;
  HttpKind kind_;
};

HttpRequest request_of(const char* method, std::string url, std::string type, std::string body,
                       std::vector<std::string> headers) {
  HttpRequest request;
  request.method = method;
  request.url = std::move(url);
  request.headers = std::move(headers);
  request.headers.push_back("Content-Type: " + std::move(type));
  request.body = std::move(body);
  return request;
}

}  // namespace

std::unique_ptr<ChannelAdapter> make_http_channel(ChannelTools tools, const Channel& channel, HttpKind kind) {
  return std::make_unique<HttpChannel>(tools, channel.timeout, std::move(kind));
}

HttpRequest json_request(const char* method, std::string url, const nlohmann::ordered_json& body,
                         std::vector<std::string> headers) {
  return request_of(method, std::move(url), "application/json", json_text(body, JsonStyle::compact), std::move(headers));
}

HttpRequest form_request(std::string url, const std::vector<std::pair<std::string, std::string>>& fields,
                         std::vector<std::string> headers) {
  std::string body;
  for (const auto& [name, value] : fields) {
    if (!body.empty()) body += '&';
    body += percent_encoded(name) + "=" + percent_encoded(value);
  }
  return request_of("POST", std::move(url), "application/x-www-form-urlencoded", std::move(body), std::move(headers));
}

nlohmann::json json_answer(const Posted& posted) { return nlohmann::json::parse(posted.body, nullptr, false); }

Delivery failed_inside(Delivery delivery, Outcome outcome, std::string_view word) {
  delivery.outcome = outcome;
  delivery.remote_ref.clear();
  const bool plain = !word.empty() && word.size() <= 40 && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  });
  delivery.detail += plain ? fmt::format(", but with a failure inside: {}", word) : ", but with a failure inside";
  return delivery;
}

Duration seconds_or_day(double seconds) {
  constexpr double day = 86'400;
  const double bounded = seconds > 0 ? std::min(seconds, day) : 0;  // also when it is no number at all
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(bounded));
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", byte);
    }
  }
  return encoded;
}

std::string base_url(const Channel& channel, const char* name, const char* otherwise) {
  std::string url = setting(channel, name).reveal();
  if (url.empty()) url = otherwise;
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace mailcanary
