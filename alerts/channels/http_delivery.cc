#include "alerts/channels/http_delivery.h"

#include <fmt/format.h>

namespace mailcanary {
namespace {

using Outcome = Delivery::Outcome;

struct StatusRow {
  int status;
  Outcome outcome;
  const char* phrase;
};
// Statuses that are not here fall into their hundred's class, see outcome_of.
constexpr StatusRow table[] = {
    {200, Outcome::delivered, "OK"},
    {301, Outcome::channel_stopped, "Moved Permanently"},
    {302, Outcome::retry_later, "Found"},
    {303, Outcome::retry_later, "See Other"},
    {307, Outcome::retry_later, "Temporary Redirect"},
    {308, Outcome::channel_stopped, "Permanent Redirect"},
    {400, Outcome::bad_payload, "Bad Request"},
    {401, Outcome::channel_stopped, "Unauthorized"},
    {402, Outcome::channel_stopped, "Payment Required"},
    {403, Outcome::channel_stopped, "Forbidden"},
    {404, Outcome::channel_stopped, "Not Found"},
    {405, Outcome::channel_stopped, "Method Not Allowed"},
    {407, Outcome::channel_stopped, "Proxy Authentication Required"},
    {408, Outcome::retry_later, "Request Timeout"},
    {409, Outcome::bad_payload, "Conflict"},
    {410, Outcome::channel_stopped, "Gone"},
    {413, Outcome::bad_payload, "Content Too Large"},
    {415, Outcome::bad_payload, "Unsupported Media Type"},
    {420, Outcome::retry_later, "Too Many Requests"},  // Statuspage's own
    {422, Outcome::bad_payload, "Unprocessable Content"},
    {425, Outcome::retry_later, "Too Early"},
    {429, Outcome::retry_later, "Too Many Requests"},
    {500, Outcome::retry_later, "Internal Server Error"},
    {502, Outcome::retry_later, "Bad Gateway"},
    {503, Outcome::retry_later, "Service Unavailable"},
    {504, Outcome::retry_later, "Gateway Timeout"},
};

const StatusRow* row_of(int status) {
  for (const auto& row : table)
    if (row.status == status) return &row;
  return nullptr;
}

Outcome outcome_of(int status) {
  if (status >= 200 && status <= 299) return Outcome::delivered;
  if (const auto* row = row_of(status)) return row->outcome;
  return status >= 400 && status <= 499 ? Outcome::bad_payload : Outcome::retry_later;
}

}  // namespace

std::string status_words(int status) {
  const auto* row = row_of(status);
  std::string words = row == nullptr ? std::to_string(status) : fmt::format("{} {}", status, row->phrase);
  if (status >= 300 && status <= 399) words += " (redirects are not followed; give the final address)";
  return words;
}

Delivery delivery_of(const Result<HttpResponse>& exchange) {
  Delivery delivery;
  if (!exchange) {
    // Whatever kept the answer away may mend; addresses that cannot work were refused with the configuration.
    delivery.outcome = Outcome::retry_later;
    delivery.detail = exchange.error().message;
    return delivery;
  }
  delivery.outcome = outcome_of(exchange->status);
  delivery.detail = status_words(exchange->status);
  if (delivery.outcome == Outcome::retry_later) delivery.retry_after = exchange->retry_after;
  return delivery;
}

Task<Posted> post(HttpClient& http, HttpRequest full, std::optional<HttpRequest> shortened) {
  const Result<HttpResponse> first = co_await http.exchange(std::move(full));
  Posted posted{delivery_of(first), first ? first->body : std::string()};
  if (posted.delivery.outcome != Outcome::bad_payload || !shortened) co_return posted;
  const Result<HttpResponse> second = co_await http.exchange(std::move(*shortened));
  posted = {delivery_of(second), second ? second->body : std::string()};
  co_return posted;
}

}  // namespace mailcanary
