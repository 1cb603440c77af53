// Who may see the operator's pages, and from where a form is taken.
#include "monitor/ack_token.h"
#include "monitor/web_people.h"

#include "core/crypto.h"
#include "monitor/operator_page.h"
#include "tests/alerts/samples.h"
#include "tests/catch.h"

using namespace mailcanary;

namespace {

const std::string token = "0123456789abcdef-token";

std::string basic(const std::string& password) { return "Basic " + to_base64("anybody:" + password); }

const char* words(Gate gate) {
  return gate == Gate::open ? "open" : gate == Gate::needs_token ? "needs token" : "closed";
}

}  // namespace

TEST_CASE("with a token the operator's pages open to it alone, wherever we listen") {
  struct {
    const char* listen;
    std::string authorization;
    const char* gate;
  } const cases[] = {
      {"0.0.0.0", basic(token), "open"},       {"0.0.0.0", "Bearer " + token, "open"},
      {"0.0.0.0", "bearer  " + token, "open"}, {"0.0.0.0", "", "needs token"},
      {"127.0.0.1", "", "needs token"},        {"127.0.0.1", basic("wrong"), "needs token"},
      {"127.0.0.1", basic(""), "needs token"}, {"127.0.0.1", "Basic !!!", "needs token"},
      {"127.0.0.1", "Bearer", "needs token"},  {"127.0.0.1", token, "needs token"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.listen, one.authorization);
    WebRequest request;
    request.host = "127.0.0.1:8025";
    request.authorization = one.authorization;
    CHECK(std::string(words(operator_gate(one.listen, Secret(token), request))) == one.gate);
  }
}

TEST_CASE("without a token they open on loopback only, to who names this machine and came through no proxy") {
  struct {
    const char* listen;
    const char* host;
    bool through_proxy;
    const char* gate;
  } const cases[] = {
      {"127.0.0.1", "127.0.0.1:8025", false, "open"},
      {"127.0.0.1", "localhost:8025", false, "open"},
      {"::1", "[::1]:8025", false, "open"},
      {"127.0.0.1", "127.0.0.1:8025", true, "closed"},
      {"127.0.0.1", "status.example", false, "closed"},
      {"127.0.0.1", "attacker.example:8025", false, "closed"},
      {"127.0.0.1", "", false, "closed"},
      {"127.0.0.1", "127.8.9.10", false, "open"},
      {"127.0.0.1", "127.evil.example:8025", false, "closed"},  // leads to 127.0.0.1 once the page is there
      {"127.0.0.1", "127.0.0.1.evil.example", false, "closed"},
      {"127.0.0.1", "127.1", false, "closed"},
      {"127.0.0.1", "localhost.evil.example", false, "closed"},
      {"0.0.0.0", "127.0.0.1:8025", false, "closed"},
      {"192.0.2.1", "192.0.2.1", false, "closed"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.listen, one.host, one.through_proxy);
    WebRequest request;
    request.host = one.host;
    request.through_proxy = one.through_proxy;
    CHECK(std::string(words(operator_gate(one.listen, Secret(), request))) == one.gate);
  }
}

TEST_CASE("a form is taken from our own pages only, where the browser says whence it comes") {
  WebRequest request;
  request.host = "status.example:8025";
  CHECK(comes_from_our_page(request));
  for (const char* ours : {"http://status.example:8025", "https://STATUS.example:8025"}) {
    request.origin = ours;
    CHECK(comes_from_our_page(request));
  }
  for (const char* theirs : {"null", "https://evil.example", "http://status.example", "status.example:8025"}) {
    request.origin = theirs;
    CAPTURE(theirs);
    CHECK_FALSE(comes_from_our_page(request));
  }
}

TEST_CASE("hostile names and replies cannot break out of the operator's pages") {
  const StatusView view = sample_hostile_view();
  Notice notice;
  notice.title = notice.reason = notice.last_error = "</td><script>alert(1)</script>";
  Canary canary;
  canary.reason = canary.smtp_reply = canary.folder = canary.verdicts.spf = "</p><script>alert(1)</script>";
  canary.hops.push_back({"a", "<script>", "<script>", "<script>", {}, {}, "<script>"});
  Config config;
  for (const std::string& page :
       {operator_page(config, view, {{AccountName("<script>"), "<script>"}}, {notice}),
        operator_route_page(view, view.routes[0], {canary}), operator_incident_page(view, view.incidents[0], {notice}, "/ack/"),
        acknowledge_page(view.incidents[0])})
    CHECK(page.find("<script") == std::string::npos);
}
