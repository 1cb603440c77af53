// Sessions kept, reused, replaced and closed.
#include "tests/catch.h"
#include "tests/probes/submission_fixture.h"

using namespace mailcanary;
using namespace std::chrono_literals;
using Verdict = SubmitOutcome::Verdict;

namespace {

const std::vector<std::string> no_complaints;

Task<void> wait_a_moment(EventLoop& loop) { co_await loop.sleep_for(20ms); }

}  // namespace

TEST_CASE("a session is used again for the next canary") {
  ScriptedServer server({hello_pipelining + pipelined_success + pipelined_success + pipelined_success + quit});
  const auto outcomes = submit(account_at(server.port()), 3);
  REQUIRE(outcomes.size() == 3);
  CHECK_FALSE(outcomes[0].session_reused);
  CHECK(outcomes[0].stages[1].took.has_value());
  CHECK(outcomes[2].verdict == Verdict::accepted);
  CHECK(outcomes[2].session_reused);
  CHECK_FALSE(outcomes[2].stages[1].took.has_value());
  CHECK(outcomes[2].stages[4].took.has_value());
  CHECK(server.complaints() == no_complaints);
  CHECK(server.messages().size() == 3);
  CHECK(server.messages().at(0) == "Subject: x\r\n\r\nhello\r\n..dot\r\n");
}

TEST_CASE("after a refusal the session is reset and used again") {
  ScriptedServer server(
      {hello_pipelining + pipelined_commands +
       "S: 250 ok\n S: 550 5.1.1 nobody\n S: 354 go on\n data\n S: 554 nobody\n C: RSET\n S: 250 ok\n" +
       pipelined_success + quit});
  const auto outcomes = submit(account_at(server.port()), 2);
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].verdict == Verdict::rejected);
  CHECK(outcomes[1].verdict == Verdict::accepted);
  CHECK(outcomes[1].session_reused);
  CHECK(server.complaints() == no_complaints);
  CHECK(server.messages().at(0).empty());
}

TEST_CASE("a session that ended while idle is replaced by a fresh one, and the canary does not notice") {
  const struct {
    const char* how;
    std::string dialogue;
  } endings[] = {
      {"closed while idle", "close"},
      {"421 while idle", "S: 421 4.4.2 idle too long\n close"},
      {"closed on the next command", "C: MAIL*\n close"},
      {"421 on the next command", "C: MAIL*\n S: 421 4.4.2 idle too long\n close"},
      {"reset on the next command", "C: MAIL*\n reset"},
  };
  for (const auto& ending : endings) {
    INFO(ending.how);
    ScriptedServer server(
        {hello_pipelining + pipelined_success + ending.dialogue, hello_pipelining + pipelined_success + quit});
    const auto outcomes = submit(account_at(server.port()), 2);
    REQUIRE(outcomes.size() == 2);
    CHECK(outcomes[1].verdict == Verdict::accepted);
    CHECK_FALSE(outcomes[1].session_reused);
    CHECK(outcomes[1].stages[1].took.has_value());
    CHECK(outcomes[1].reason.empty());
    CHECK(server.complaints() == no_complaints);
  }
}

TEST_CASE("a fresh session is tried once only") {
  ScriptedServer server(
      {hello_pipelining + pipelined_success + "C: MAIL*\n close", hello_pipelining + "C: MAIL*\n close"});
  const auto outcomes = submit(account_at(server.port()), 2);
  CHECK(outcomes.at(1).verdict == Verdict::unreachable);
  CHECK(server.complaints() == no_complaints);
}

TEST_CASE("a reused session that goes silent is the server's failure") {
  ScriptedServer server({hello_pipelining + pipelined_success + "C: MAIL*\n stall"});
  EventLoop loop;
  std::vector<SubmitOutcome> outcomes;
  {
    const auto submitter = make_smtp_submitter(loop, {account_at(server.port()), 60s});
    loop.run_until_done(submit_some(*submitter, 1, 20s, outcomes));
    loop.run_until_done(submit_some(*submitter, 1, 2s, outcomes));
  }
  CHECK(outcomes.at(1).verdict == Verdict::unreachable);
  CHECK(outcomes.at(1).session_reused);
  CHECK(server.complaints() == no_complaints);
}

TEST_CASE("a session is closed after its number of messages, ours or the server's") {
  const std::string two = hello_pipelining + pipelined_success + pipelined_success + quit;
  const std::string one = hello_pipelining + pipelined_success + quit;
  SECTION("ours") {
    ScriptedServer server({two, one});
    Account account = account_at(server.port());
    account.max_messages_per_session = 2;
    CHECK(submit(account, 3).at(2).verdict == Verdict::accepted);
    CHECK(server.complaints() == no_complaints);
  }
  SECTION("the server's") {
    const std::string limited =
        "S: 220 hi\n C: EHLO *\n S: 250 fake\n C: EHLO *\n S: 250-fake\n S: 250-PIPELINING\n"
        "S: 250-DSN\n S: 250-SIZE\n S: 250 LIMITS RCPTMAX=9 MAILMAX=1\n" +
        pipelined_success + quit;
    ScriptedServer server({limited, limited});
    CHECK(submit(account_at(server.port()), 2).at(1).verdict == Verdict::accepted);
    CHECK(server.complaints() == no_complaints);
  }
}

TEST_CASE("canaries wait their turn when all sessions are in use") {
  ScriptedServer server({hello_pipelining + pipelined_success + pipelined_success + pipelined_success + "stall"});
  Account account = account_at(server.port());
  account.max_sessions = 1;
  EventLoop loop;
  std::vector<SubmitOutcome> outcomes;
  {
    const auto submitter = make_smtp_submitter(loop, {account, 60s});
    for (int i = 0; i < 2; ++i) loop.spawn(submit_some(*submitter, 1, 20s, outcomes));
    loop.run_until_done(submit_some(*submitter, 1, 20s, outcomes));
  }
  REQUIRE(outcomes.size() == 3);
  CHECK_FALSE(outcomes[0].session_reused);
  CHECK(outcomes[1].session_reused);
  CHECK(outcomes[2].session_reused);
  CHECK(server.complaints() == no_complaints);
}

TEST_CASE("as many sessions as allowed work at once") {
  const std::string held =
      hello_pipelining + pipelined_commands + "wait go\n S: 250 ok\n S: 250 ok\n S: 354 go\n data\n S: 250 ok\n stall";
  ScriptedServer server({held, held});
  Account account = account_at(server.port());
  account.max_sessions = 2;
  EventLoop loop;
  std::vector<SubmitOutcome> outcomes;
  {
    const auto submitter = make_smtp_submitter(loop, {account, 60s});
    loop.spawn(submit_some(*submitter, 1, 20s, outcomes));
    loop.spawn(submit_some(*submitter, 1, 20s, outcomes));
    while (server.said_by_client().size() < 10) loop.run_until_done(wait_a_moment(loop));
    server.signal("go");
    while (outcomes.size() < 2) loop.run_until_done(wait_a_moment(loop));
  }
  CHECK(outcomes[0].verdict == Verdict::accepted);
  CHECK(outcomes[1].verdict == Verdict::accepted);
  CHECK(server.complaints() == no_complaints);
}

TEST_CASE("a canary whose turn never came says nothing of the provider") {
  ScriptedServer server({hello_pipelining + "C: MAIL*\n stall"});
  Account account = account_at(server.port());
  account.max_sessions = 1;
  EventLoop loop;
  std::vector<SubmitOutcome> slow, waiting;
  {
    const auto submitter = make_smtp_submitter(loop, {account, 60s});
    loop.spawn(submit_some(*submitter, 1, 20s, slow));
    loop.run_until_done(submit_some(*submitter, 1, 200ms, waiting));
  }
  CHECK(waiting.at(0).verdict == Verdict::own_fault);
  CHECK(waiting.at(0).reason == "wait for a free session: timed out with 1 session in use");
}

TEST_CASE("an account opens its sessions one after the other, and a canary that waited for one takes it over") {
  // The second dialogue would be asked for by a session opened beside the first.
  ScriptedServer server({"wait go\n" + hello_pipelining + pipelined_success + pipelined_success + "stall"});
  EventLoop loop;
  std::vector<SubmitOutcome> outcomes;
  {
    const auto submitter = make_smtp_submitter(loop, {account_at(server.port()), 60s});
    for (int i = 0; i < 2; ++i) loop.spawn(submit_some(*submitter, 1, 20s, outcomes));
    loop.run_until_done(wait_a_moment(loop));
    server.signal("go");
    while (outcomes.size() < 2) loop.run_until_done(wait_a_moment(loop));
  }
  CHECK(outcomes[1].verdict == Verdict::accepted);
  CHECK(server.complaints() == no_complaints);
}

TEST_CASE("a canary's time begins when its own attempt does") {
  // The first uses up its patience; the second, which waited all the while, still has all of its own.
  const std::string stalls = hello_pipelining + "C: MAIL*\n stall";
  const std::string slow = hello_pipelining + pipelined_commands +
                           "wait go\n S: 250 ok\n S: 250 ok\n S: 354 go\n data\n S: 250 ok\n stall";
  ScriptedServer server({stalls, slow});
  Account account = account_at(server.port());
  account.max_sessions = 1;
  EventLoop loop;
  std::vector<SubmitOutcome> first, second;
  {
    const auto submitter = make_smtp_submitter(loop, {account, 60s});
    loop.spawn(submit_some(*submitter, 1, 1s, first));
    loop.spawn(submit_some(*submitter, 1, 20s, second));
    while (first.empty()) loop.run_until_done(wait_a_moment(loop));
    server.signal("go");
    while (second.empty()) loop.run_until_done(wait_a_moment(loop));
  }
  CHECK(first[0].verdict == Verdict::unreachable);
  CHECK(second[0].verdict == Verdict::accepted);
  CHECK(second[0].started_at >= first[0].started_at + 1s);
  CHECK(server.complaints() == no_complaints);
}

TEST_CASE("an idle session is closed with QUIT when its time is over") {
  ScriptedServer server({hello_pipelining + pipelined_success + quit});
  EventLoop loop;
  std::vector<SubmitOutcome> outcomes;
  const auto submitter = make_smtp_submitter(loop, {account_at(server.port()), 30ms});
  loop.spawn(submit_some(*submitter, 1, 20s, outcomes));
  loop.run();  // ends when the session has gone: then nothing is left to do
  CHECK(outcomes.at(0).verdict == Verdict::accepted);
  CHECK(server.said_by_client().back() == "QUIT");
  CHECK(server.complaints() == no_complaints);
}

TEST_CASE("no socket outlives the submitter") {
  ScriptedServer server({hello_pipelining + pipelined_success + "stall"});
  EventLoop loop;
  std::vector<SubmitOutcome> outcomes;
  {
    const auto submitter = make_smtp_submitter(loop, {account_at(server.port()), 60s});
    loop.run_until_done(submit_some(*submitter, 1, 20s, outcomes));
  }
  CHECK(server.complaints() == no_complaints);  // returns only when the client has closed
}

TEST_CASE("the loop may end while a canary is under way") {
  ScriptedServer server({hello_pipelining + "C: MAIL*\n stall"});
  std::vector<SubmitOutcome> outcomes;
  {
    EventLoop loop;
    const auto submitter = make_smtp_submitter(loop, {account_at(server.port()), 60s});
    loop.spawn(submit_some(*submitter, 1, 20s, outcomes));
    while (server.said_by_client().size() < 3) loop.run_until_done(wait_a_moment(loop));
  }
  CHECK(outcomes.empty());
  CHECK(server.complaints() == std::vector<std::string>{});
}
