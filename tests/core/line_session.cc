#include "core/line_session.h"

#include <functional>

#include "tests/catch.h"
#include "tests/probes/scripted_server.h"

using namespace mailcanary;

namespace {

constexpr const char* greeting = "S: 220 mx ready\nC: EHLO *\nS: 250 mx\n";

using Use = std::function<Task<void>(EventLoop&, LineSession&)>;

Task<void> open_and_use(EventLoop& loop, LineEndpoint endpoint, LineSession::Opened& opened, Use use) {
  const MonoTime deadline = loop.now().mono + std::chrono::milliseconds(600);
  opened = co_await LineSession::open(loop, std::move(endpoint), deadline);
  if (opened.session && use) co_await use(loop, *opened.session);
  opened.session.reset();
}

LineSession::Opened open_at(int port, Use use = nullptr) {
  EventLoop loop;
  LineEndpoint endpoint;
  endpoint.url = "smtp://127.0.0.1:" + std::to_string(port);
  endpoint.require_tls = false;
  LineSession::Opened opened;
  loop.run_until_done(open_and_use(loop, endpoint, opened, std::move(use)));
  return opened;
}

MonoTime soon(EventLoop& loop) { return loop.now().mono + std::chrono::milliseconds(500); }

}  // namespace

TEST_CASE("a session that opens tells its times and its peer") {
  ScriptedServer server({std::string(greeting) + "drain"});
  const auto opened = open_at(server.port());
  CHECK_FALSE(opened.failure);
  CHECK(opened.times.resolve);
  CHECK(opened.times.connect);
  CHECK_FALSE(opened.times.tls);
  CHECK(opened.peer == "127.0.0.1:" + std::to_string(server.port()));
}

TEST_CASE("lines and counted bytes are read as they come, however they are cut") {
  ScriptedServer server({std::string(greeting) + "C: GO\ns: on\nS: e\nS: two\ns: 12345six\nS:\ns: last\nclose"});
  std::vector<std::string> got;
  open_at(server.port(), [&got](EventLoop& loop, LineSession& session) -> Task<void> {
    struct Reader {
      static Task<void> read(EventLoop& l, LineSession& s, std::vector<std::string>& into) {
        auto written = co_await s.write("GO\r\n", soon(l));
        into.push_back(written ? "written" : "not written");
        for (int i = 0; i < 2; ++i) {
          auto line = co_await s.read_line(soon(l));
          into.push_back(line ? *line : line.error().message);
        }
        auto five = co_await s.read_exactly(5, soon(l));
        into.push_back(five ? *five : five.error().message);
        for (int i = 0; i < 2; ++i) {
          auto line = co_await s.read_line(soon(l));
          into.push_back(line ? *line : line.error().message);
        }
      }
    };
    return Reader::read(loop, session, got);
  });
  CHECK(got == std::vector<std::string>{"written", "one", "two", "12345", "six",
                                        "read from the server: the server closed the connection"});
}

TEST_CASE("a line without end, and a server that says nothing, end in an error in time") {
  struct Row {
    const char* sentence;
    const char* after_greeting;
    ErrorKind kind;
  };
  const Row rows[] = {{"a line without end", "C: GO\nendless x", ErrorKind::protocol},
                      {"silence", "C: GO\nstall", ErrorKind::timed_out},
                      {"closed", "C: GO\nclose", ErrorKind::protocol}};
  for (const auto& row : rows) {
    INFO(row.sentence);
    ScriptedServer server({std::string(greeting) + row.after_greeting});
    std::optional<ErrorKind> kind;
    open_at(server.port(), [&kind](EventLoop& loop, LineSession& session) -> Task<void> {
      struct Reader {
        static Task<void> read(EventLoop& l, LineSession& s, std::optional<ErrorKind>& into) {
          auto written = co_await s.write("GO\r\n", soon(l));
          auto line = co_await s.read_line(soon(l), 5000);
          if (written && !line) into = line.error().kind;
        }
      };
      return Reader::read(loop, session, kind);
    });
    CHECK(kind == row.kind);
  }
}

TEST_CASE("a session that cannot be opened names the step") {
  struct Row {
    const char* sentence;
    const char* dialogue;
    ConnectStep step;
  };
  const Row rows[] = {{"no greeting", "stall", ConnectStep::login},
                      {"garbage for a greeting", "S: hello there\nstall", ConnectStep::login},
                      {"closed before the greeting", "close", ConnectStep::login},
                      {"a greeting that refuses", "S: 554 go away\nclose", ConnectStep::login},
                      {"a greeting without end", "endless x", ConnectStep::login},
                      {"greeting lines without end", "endless lines 220-hi", ConnectStep::login}};
  for (const auto& row : rows) {
    INFO(row.sentence);
    ScriptedServer server({row.dialogue});
    const auto opened = open_at(server.port());
    REQUIRE(opened.failure);
    CHECK(opened.failure->step == row.step);
    CHECK_FALSE(opened.failure->own_fault);
  }
}

TEST_CASE("a server that greets without end is left when that is clear, not when the time is over") {
  const std::pair<const char*, const char*> rows[] = {
      {"endless lines 220-hi", "more than 500 lines, and no end of it"},
      {"S: 220 hi\nC: EHLO *\nendless lines 250-X", ""},  // libcurl has a bound of its own here
  };
  for (const auto& [dialogue, why] : rows) {
    INFO(dialogue);
    ScriptedServer server({dialogue});
    const auto opened = open_at(server.port());
    REQUIRE(opened.failure);
    CHECK_FALSE(opened.failure->timed_out);
    CHECK(opened.failure->message.find("open a session with 127.0.0.1:") == 0);
    CHECK(opened.failure->message.find(why) != std::string::npos);
  }
}

TEST_CASE("a server that is connected and says nothing inside TLS fails at tls") {
  ScriptedServer server({"stall"});
  EventLoop loop;
  LineEndpoint endpoint;
  endpoint.url = "smtps://127.0.0.1:" + std::to_string(server.port());
  LineSession::Opened opened;
  loop.run_until_done(open_and_use(loop, endpoint, opened, nullptr));
  REQUIRE(opened.failure);
  CHECK(opened.failure->step == ConnectStep::tls);
  CHECK(opened.failure->timed_out);
}

TEST_CASE("a port where nobody listens is a failure to connect") {
  int port = 0;
  {
    ScriptedServer server(std::vector<std::string>{});
    port = server.port();
  }
  const auto opened = open_at(port);
  REQUIRE(opened.failure);
  CHECK(opened.failure->step == ConnectStep::connect);
  CHECK(opened.failure->message == "connect to 127.0.0.1:" + std::to_string(port) + ": connection refused");
}

TEST_CASE("demanding STARTTLS of a server that has none fails at tls") {
  ScriptedServer server({std::string(greeting) + "drain"});
  EventLoop loop;
  LineEndpoint endpoint;
  endpoint.url = "smtp://127.0.0.1:" + std::to_string(server.port());
  LineSession::Opened opened;
  loop.run_until_done(open_and_use(loop, endpoint, opened, nullptr));
  REQUIRE(opened.failure);
  CHECK(opened.failure->step == ConnectStep::tls);
}

TEST_CASE("a CA file that cannot be read is our own fault") {
  ScriptedServer server({"S: 220 mx ready\nC: EHLO *\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\ndrain"});
  EventLoop loop;
  LineEndpoint endpoint;
  endpoint.url = "smtp://127.0.0.1:" + std::to_string(server.port());
  endpoint.ca_file = "/nonexistent/ca.pem";
  LineSession::Opened opened;
  loop.run_until_done(open_and_use(loop, endpoint, opened, nullptr));
  REQUIRE(opened.failure);
  CHECK(opened.failure->own_fault);
}
