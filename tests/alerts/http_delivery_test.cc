#include "alerts/channels/http_delivery.h"

#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;
using Outcome = Delivery::Outcome;

TEST_CASE("each HTTP status falls into its retry class") {
  struct Row {
    int status;
    Outcome outcome;
    const char* detail;
  };
  const Row rows[] = {
      {200, Outcome::delivered, "200 OK"},
      {202, Outcome::delivered, "202"},
      {204, Outcome::delivered, "204"},
      {301, Outcome::channel_stopped, "301 Moved Permanently (redirects are not followed; give the final address)"},
      {302, Outcome::retry_later, "302 Found (redirects are not followed; give the final address)"},
      {400, Outcome::bad_payload, "400 Bad Request"},
      {401, Outcome::channel_stopped, "401 Unauthorized"},
      {403, Outcome::channel_stopped, "403 Forbidden"},
      {404, Outcome::channel_stopped, "404 Not Found"},
      {408, Outcome::retry_later, "408 Request Timeout"},
      {410, Outcome::channel_stopped, "410 Gone"},
      {413, Outcome::bad_payload, "413 Content Too Large"},
      {418, Outcome::bad_payload, "418"},
      {420, Outcome::retry_later, "420 Too Many Requests"},  // Statuspage's own, with a body or without
      {422, Outcome::bad_payload, "422 Unprocessable Content"},
      {429, Outcome::retry_later, "429 Too Many Requests"},
      {500, Outcome::retry_later, "500 Internal Server Error"},
      {502, Outcome::retry_later, "502 Bad Gateway"},
      {503, Outcome::retry_later, "503 Service Unavailable"},
      {504, Outcome::retry_later, "504 Gateway Timeout"},
      {599, Outcome::retry_later, "599"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.status);
    HttpResponse response;
    response.status = row.status;
    response.retry_after = 7s;
    response.body = "https://hook.example/secret";
    const Delivery delivery = delivery_of(response);
    CHECK(delivery.outcome == row.outcome);
    CHECK(delivery.detail == row.detail);
    CHECK(delivery.retry_after.has_value() == (row.outcome == Outcome::retry_later));
  }
}

TEST_CASE("no answer is tried again, whatever kept it away") {
  for (const ErrorKind kind :
       {ErrorKind::timed_out, ErrorKind::unreachable, ErrorKind::protocol, ErrorKind::invalid_input}) {
    const Delivery delivery = delivery_of(Error{kind, "call x: no"});
    CHECK(delivery.outcome == Outcome::retry_later);
    CHECK(delivery.detail == "call x: no");
  }
}
