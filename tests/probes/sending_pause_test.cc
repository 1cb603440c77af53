#include "probes/sending_pause.h"

#include "core/units.h"
#include "tests/catch.h"
#include "tests/probes/submission_fixture.h"

using namespace mailcanary;
using namespace std::chrono_literals;
using Verdict = SubmitOutcome::Verdict;

TEST_CASE("after a refused login an account tries ever more rarely, and says when the next time is") {
  FakeClock clock{*parse_time("2026-11-24T12:00:00Z")};
  SendingPause pause;
  CHECK_FALSE(pause.reason(clock.now()));
  CHECK(pause.refused(Refusal::credentials, "535 no", clock.now(), 0.5) == 15s);
  CHECK(pause.reason(clock.now()) == "535 no; not tried again before 12:00:15 UTC");
  clock.advance(15s);
  CHECK_FALSE(pause.reason(clock.now()));
  CHECK(pause.refused(Refusal::credentials, "535 no", clock.now(), 0.5) == 30s);
  for (int i = 0; i < 10; ++i) pause.refused(Refusal::credentials, "535 no", clock.now(), 0.5);
  CHECK(pause.refused(Refusal::credentials, "535 no", clock.now(), 0.5) == 5min);
  pause.logged_in();
  clock.advance(6min);
  CHECK(pause.refused(Refusal::credentials, "535 no", clock.now(), 0.5) == 15s);
}

TEST_CASE("at its sending limit an account waits an hour each time; refusals that are the provider's pause nothing") {
  FakeClock clock{*parse_time("2026-11-24T12:00:00Z")};
  SendingPause pause;
  CHECK(pause.refused(Refusal::rejected, "550 no", clock.now(), 0.5) == 0s);
  CHECK(pause.refused(Refusal::deferred, "450 no", clock.now(), 0.5) == 0s);
  CHECK_FALSE(pause.reason(clock.now()));
  CHECK(pause.refused(Refusal::sending_limit, "enough", clock.now(), 0.5) == 1h);
  CHECK(pause.refused(Refusal::credentials, "535 no", clock.now(), 0.5) == 15s);
  CHECK(pause.reason(clock.now()) == "enough; not tried again before 13:00:00 UTC");
  clock.advance(1h);
  CHECK_FALSE(pause.reason(clock.now()));
  CHECK(pause.refused(Refusal::sending_limit, "enough", clock.now(), 0.5) == 1h);
}

TEST_CASE("a refused login is not repeated by the account's next canaries, nor by those that waited behind it") {
  // A second connection would be a complaint.
  ScriptedServer server(
      {"S: 220 hi\n C: EHLO *\n S: 250-fake\n S: 250 AUTH PLAIN\n C: AUTH PLAIN*\n"
       "S: 535 5.7.8 bad\n stall\n"});
  Account account = account_at(server.port());
  account.user = "u";
  account.password = Secret("secret");
  EventLoop loop;
  std::vector<SubmitOutcome> outcomes;
  {
    const auto submitter = make_smtp_submitter(loop, {account, 60s});
    for (int i = 0; i < 3; ++i) loop.spawn(submit_some(*submitter, 2, 20s, outcomes));
    while (outcomes.size() < 6)
      loop.run_until_done([](EventLoop& l) -> Task<void> { co_await l.sleep_for(10ms); }(loop));
  }
  CHECK(outcomes[0].reason == "log in to 127.0.0.1: credentials refused: 535 5.7.8 bad");
  for (std::size_t i = 1; i < outcomes.size(); ++i) {
    CHECK(std::string(name_of(outcomes[i].verdict)) == "own_fault");
    CHECK(outcomes[i].reason.starts_with(
        "log in to 127.0.0.1: credentials refused: 535 5.7.8 bad; not tried again before "));
    CHECK(outcomes[i].smtp_reply.empty());
  }
  CHECK(server.connections() == 1);
  CHECK(server.complaints() == std::vector<std::string>{});
}

TEST_CASE("at the sending limit no further canary is handed over, though a session stands open") {
  ScriptedServer server({hello_pipelining + pipelined_commands +
                         "S: 250 ok\n S: 250 ok\n S: 354 go\n data\n S: 550 5.4.5 Daily sending quota exceeded.\n" +
                         quit});
  const auto outcomes = submit(account_at(server.port()), 2);
  CHECK(outcomes.at(1).verdict == Verdict::own_fault);
  CHECK(
      outcomes.at(1).reason.starts_with("our account has reached the provider's sending limit: 550 5.4.5 Daily sending "
                                        "quota exceeded.; not tried again before "));
  CHECK(server.messages().size() == 1);
  CHECK(server.complaints() == std::vector<std::string>{});
}
