#include "core/http_client.h"

#include "tests/catch.h"
#include "tests/probes/scripted_server.h"

using namespace mailcanary;

namespace {

Task<void> exchange(EventLoop& loop, HttpRequest request, std::optional<Result<HttpResponse>>& answer) {
  HttpClient client(loop);
  answer = co_await client.exchange(std::move(request));
}

Result<HttpResponse> ask(HttpRequest request) {
  EventLoop loop;
  std::optional<Result<HttpResponse>> answer;
  loop.run_until_done(exchange(loop, std::move(request), answer));
  return std::move(*answer);
}

Result<HttpResponse> ask_server(const std::string& dialogue, std::size_t max_body = 1u << 20,
                                Duration deadline = std::chrono::seconds(20)) {
  ScriptedServer server({dialogue});
  HttpRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/hook/s3cr3t";
  request.max_body = max_body;
  request.deadline = deadline;
  return ask(std::move(request));
}

}  // namespace

TEST_CASE("an answer of any status is a success of the exchange") {
  const auto answer = ask_server("drain\nS: HTTP/1.1 503 busy\nS: Retry-After: 120\nS: Content-Length: 4\nS:\ns: wait\nclose");
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(answer->body == "wait");
  CHECK(answer->retry_after == std::chrono::seconds(120));
}

TEST_CASE("what goes wrong with an exchange is told by kind, and never with the path, which may be the secret") {
  struct Row {
    const char* sentence;
    const char* dialogue;
    ErrorKind kind;
  };
  const Row rows[] = {
      {"no answer", "drain\nstall", ErrorKind::timed_out},
      {"closed at once", "drain\nclose", ErrorKind::unreachable},
      {"a body longer than the bound", "drain\nS: HTTP/1.1 200 ok\nS:\nendless x", ErrorKind::protocol},
      {"a header line longer than the bound", "drain\nS: HTTP/1.1 200 ok\nendless x", ErrorKind::protocol},
      {"headers without end", "drain\nS: HTTP/1.1 200 ok\nendless lines a: b", ErrorKind::protocol},
  };
  for (const auto& row : rows) {
    INFO(row.sentence);
    const Duration deadline = row.kind == ErrorKind::timed_out ? Duration(100'000) : std::chrono::seconds(20);
    const auto answer = ask_server(row.dialogue, 1000, deadline);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == row.kind);
    CHECK(answer.error().message.find("s3cr3t") == std::string::npos);
    CHECK(answer.error().message.find("127.0.0.1") != std::string::npos);
  }
}

TEST_CASE("a header that would break the request is refused") {
  HttpRequest request;
  request.url = "http://127.0.0.1:1/";
  request.headers = {"X-A: b\r\nX-Evil: c"};
  const auto answer = ask(std::move(request));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::invalid_input);
}

TEST_CASE("a file URL is not fetched") {
  HttpRequest request;
  request.url = "file:///etc/passwd";
  const auto answer = ask(std::move(request));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::invalid_input);
}
