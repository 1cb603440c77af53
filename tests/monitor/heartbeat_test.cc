#include "monitor/heartbeat.h"

#include "tests/alerts/http_server.h"
#include "tests/catch.h"
#include "core/units.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

WallTime at(const char* time) { return parse_time(time).value(); }

Vitals well(WallTime now) {
  Vitals vitals;
  vitals.last_turn = now - 1s;
  vitals.read_at = {{AccountName("watch"), now - 20s}};
  return vitals;
}

Task<void> beat_into(HttpClient* http, Heartbeat heartbeat, Beat what, std::string id, std::string* result) {
  const auto said = co_await beat(*http, std::move(heartbeat), what, "incidents=0 queued=0\n", std::move(id));
  *result = said ? "heard" : said.error().message;
}

struct Bed {
  EventLoop loop;
  HttpClient http{loop};
  TestHttpServer server;
  explicit Bed(std::vector<std::string> answers) : server(loop, std::move(answers)) {}
  std::string say(Heartbeat::Kind kind, Beat what, const std::string& path = "/T0PSECRET", const std::string& id = "") {
    Heartbeat heartbeat;
    heartbeat.name = "alive";
    heartbeat.kind = kind;
    heartbeat.url = Secret(server.url(path));
    heartbeat.timeout = 5s;
    std::string result;
    loop.run_until_done(beat_into(&http, heartbeat, what, id, &result));
    return result;
  }
  std::string line() const { return server.requests().back().line; }
};

}  // namespace

TEST_CASE("the loop is well when it turns, records, reads and tells; each lack is named") {
  const WallTime now = at("2026-11-24T13:00:00Z"), began = now - 1h;
  CHECK(faults_of(well(now), began, now).empty());
  struct Row {
    const char* sentence;
    void (*harm)(Vitals& vitals, WallTime now);
    const char* fault;
  };
  const Row rows[] = {
      {"no turn", [](Vitals& v, WallTime) { v.last_turn.reset(); }, "the engine stands still"},
      {"no turn lately", [](Vitals& v, WallTime t) { v.last_turn = t - 61s; }, "the engine stands still"},
      {"no ledger", [](Vitals& v, WallTime) { v.ledger_fault = "disk full"; }, "the ledger cannot record: disk full"},
      {"a mailbox nobody looks at", [](Vitals& v, WallTime t) { v.read_at[AccountName("watch")] = t - 11min; },
       "the mailbox of watch was not looked at for 11 min"},
      {"a mailbox never looked at", [](Vitals& v, WallTime) { v.read_at[AccountName("shop")] = std::nullopt; },
       "the mailbox of shop was not looked at for 1 h"},
      {"a route that we fail to measure",
       [](Vitals& v, WallTime t) { v.unmeasured = {{RouteName("shop-watch"), "login refused", t - 30min}}; },
       "route shop-watch is not measured since 2026-11-24T12:30:00.000Z: login refused"},
      {"a notice that waits", [](Vitals& v, WallTime) { v.outbox_oldest = 16min, v.outbox_channel = "oncall"; },
       "a notice has waited 16 min for channel oncall"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.sentence);
    Vitals vitals = well(now);
    row.harm(vitals, now);
    CHECK(faults_of(vitals, began, now) == std::vector<std::string>{row.fault});
  }
}

TEST_CASE("nothing is expected of a mailbox before it can have been read, and an incident is no fault of ours") {
  const WallTime now = at("2026-11-24T13:00:00Z");
  Vitals vitals = well(now);
  vitals.read_at[AccountName("shop")] = std::nullopt;
  vitals.incidents_open = 3;
  CHECK(faults_of(vitals, now - 1min, now).empty());
}

TEST_CASE("Healthchecks hears of starts, of success and of failure, each at its own address") {
  Bed bed(std::vector(4, http_answer(200, "OK")));
  CHECK(bed.say(Heartbeat::Kind::healthchecks, Beat::start, "/T0PSECRET", "3d9c1b1e-0f2a-4b7e-8a11-6c2f0d9e7a10") == "heard");
  CHECK(bed.line() == "POST /T0PSECRET/start?rid=3d9c1b1e-0f2a-4b7e-8a11-6c2f0d9e7a10 HTTP/1.1");
  CHECK(bed.say(Heartbeat::Kind::healthchecks, Beat::well) == "heard");
  CHECK(bed.line() == "POST /T0PSECRET HTTP/1.1");
  CHECK(bed.server.requests().back().body == "incidents=0 queued=0\n");
  CHECK(bed.say(Heartbeat::Kind::healthchecks, Beat::unwell) == "heard");
  CHECK(bed.line() == "POST /T0PSECRET/fail HTTP/1.1");
  CHECK(bed.say(Heartbeat::Kind::healthchecks, Beat::unwell, "/key/mail/?create=1", "x") == "heard");
  CHECK(bed.line() == "POST /key/mail/fail?create=1&rid=x HTTP/1.1");
}

TEST_CASE("a plain address is asked for while all is well, and otherwise left alone") {
  Bed bed({http_answer(204)});
  CHECK(bed.say(Heartbeat::Kind::url, Beat::start) == "heard");
  CHECK(bed.say(Heartbeat::Kind::url, Beat::unwell) == "heard");
  CHECK(bed.server.requests().empty());
  CHECK(bed.say(Heartbeat::Kind::url, Beat::well, "/ping?token=x") == "heard");
  CHECK(bed.line() == "GET /ping?token=x HTTP/1.1");
}

TEST_CASE("a heartbeat that is not heard says why, and never its address") {
  for (const std::string& answer : {http_answer(404, "not found"), http_answer(200, "OK (not found)"), http_answer(200, "OK (rate limited)"),
                                    std::string(TestHttpServer::reset)}) {
    Bed bed({answer});
    const std::string said = bed.say(Heartbeat::Kind::healthchecks, Beat::well);
    CAPTURE(said);
    CHECK(said != "heard");
    CHECK(said.find("T0PSECRET") == std::string::npos);
  }
}

TEST_CASE("the id of a run is a UUID of version 4, another one each time") {
  const std::string id = make_uuid();
  REQUIRE(id.size() == 36);
  CHECK(id[14] == '4');
  CHECK(std::string("89ab").find(id[19]) != std::string::npos);
  CHECK(make_uuid() != id);
}
