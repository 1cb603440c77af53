// Submission against scripted servers: what a server does decides verdict, stage and reason.
#include "tests/probes/submission_fixture.h"

#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;
using Verdict = SubmitOutcome::Verdict;

namespace {

const std::string hello_plain = "S: 220 hi\n C: EHLO *\n S: 250-fake\n S: 250 AUTH PLAIN\n";

std::string stage_in_error(const SubmitOutcome& outcome) {
  for (const auto& stage : outcome.stages) {
    if (!stage.error.empty()) return name_of(stage.stage);
  }
  return "";
}

struct Row {
  const char* behaviour;
  std::string dialogue;
  Verdict verdict;
  const char* stage;
  const char* reason;  // a part of it
  const char* reply;   // the whole
  const char* user = "";
};

// Long enough that a busy machine gets every dialogue to the step where it hangs.
constexpr Duration patience = 5s;

struct Trial {
  explicit Trial(EventLoop& loop, const Row& row) : server({row.dialogue}) {
    Account account = account_at(server.port());
    account.user = row.user;
    account.password = Secret("secret");
    submitter = make_smtp_submitter(loop, {account, 60s});
  }
  ScriptedServer server;
  std::unique_ptr<Submitter> submitter;
  std::vector<SubmitOutcome> outcomes;
};

}  // namespace

TEST_CASE("what a server does decides verdict, stage and reason") {
  const Row rows[] = {
      {"accepts", hello_pipelining + pipelined_success + quit, Verdict::accepted, "", "", "250 2.0.0 queued as 4711"},
      {"accepts, without pipelining", hello + R"(
         C: MAIL FROM:<a@shop.example>
         S: 250 ok
         C: RCPT TO:<b@other.example>
         S: 250 ok
         C: DATA
         S: 354 go on
         data
         S: 250 ok)" + quit,
       Verdict::accepted, "", "", "250 ok"},
      {"refuses the sender", hello + "C: MAIL*\n S: 550 5.7.60 not yours\n C: RSET\n S: 250 ok\n" + quit,
       Verdict::rejected, "submit", "mail from refused: 550 5.7.60 not yours", "550 5.7.60 not yours"},
      {"refuses the recipient",
       hello + "C: MAIL*\n S: 250 ok\n C: RCPT*\n S: 550 5.1.1 no such user\n C: RSET\n S: 250 ok\n" + quit,
       Verdict::rejected, "submit", "rcpt to refused: 550 5.1.1 no such user", "550 5.1.1 no such user"},
      {"defers the recipient",
       hello + "C: MAIL*\n S: 250 ok\n C: RCPT*\n S: 450 4.2.0 greylisted\n C: RSET\n S: 250 ok\n" + quit,
       Verdict::deferred, "submit", "rcpt to deferred: 450 4.2.0 greylisted", "450 4.2.0 greylisted"},
      {"refuses the recipient in a pipeline and data with it",
       hello_pipelining + pipelined_commands +
           "S: 250 ok\n S: 550 5.1.1 nobody\n S: 554 no valid recipients\n C: RSET\n S: 250 ok\n" + quit,
       Verdict::rejected, "submit", "rcpt to refused: 550 5.1.1 nobody", "550 5.1.1 nobody"},
      {"refuses the recipient in a pipeline and yet opens data",
       hello_pipelining + pipelined_commands +
           "S: 250 ok\n S: 550 5.1.1 nobody\n S: 354 go on\n data\n S: 554 no recipients\n C: RSET\n S: 250 ok\n" +
           quit,
       Verdict::rejected, "submit", "rcpt to refused: 550 5.1.1 nobody", "550 5.1.1 nobody"},
      {"refuses everything in a pipeline",
       hello_pipelining + pipelined_commands + "S: 451 4.3.0 later\n S: 503 no\n S: 503 no\n C: RSET\n S: 250 ok\n" +
           quit,
       Verdict::deferred, "submit", "mail from deferred: 451 4.3.0 later", "451 4.3.0 later"},
      {"refuses data",
       hello + "C: MAIL*\n S: 250 ok\n C: RCPT*\n S: 250 ok\n C: DATA\n S: 452 full\n C: RSET\n S: 250 ok\n" + quit,
       Verdict::deferred, "submit", "data deferred: 452 full", "452 full"},
      {"refuses the message",
       hello_pipelining + pipelined_commands +
           "S: 250 ok\n S: 250 ok\n S: 354 go\n data\n S: 550-5.7.1 looks like\n S: 550 5.7.1 spam\n" + quit,
       Verdict::rejected, "submit", "end of data refused: 550 5.7.1 looks like spam", "550 5.7.1 looks like spam"},
      {"is closing down", hello + "C: MAIL*\n S: 421 4.3.2 closing\n close\n", Verdict::deferred, "submit",
       "mail from deferred: 421 4.3.2 closing", "421 4.3.2 closing"},
      {"is closing down after the message",
       hello_pipelining + pipelined_commands +
           "S: 250 ok\n S: 250 ok\n S: 354 go\n data\n S: 421 4.3.2 closing\n close\n",
       Verdict::deferred, "submit", "end of data deferred: 421 4.3.2 closing", "421 4.3.2 closing"},
      {"greets with 421", "S: 421 4.7.0 too many connections\n close\n", Verdict::deferred, "auth",
       "421 4.7.0 too many connections", "421 4.7.0 too many connections"},
      {"greets with 554", "S: 554-5.7.1 192.0.2.1 blocked\n S: 554 5.7.1 using zen.example\n stall\n",
       Verdict::rejected, "auth", "session with 127.0.0.1 refused: 554 5.7.1 192.0.2.1 blocked using zen.example",
       "554 5.7.1 192.0.2.1 blocked using zen.example"},
      {"refuses hello", "S: 220 hi\n C: EHLO *\n S: 550 5.7.1 not you\n C: HELO *\n S: 550 5.7.1 not you\n stall\n",
       Verdict::rejected, "auth", "session with 127.0.0.1 refused: 550 5.7.1 not you", "550 5.7.1 not you"},
      {"greets with garbage", "S: \\x00\\x1b[31mSSH-2.0 hello\n stall\n", Verdict::unreachable, "auth",
       "open a session with", ""},
      {"greets without end", "endless x\n", Verdict::unreachable, "auth", "open a session with", ""},
      {"says nothing", "stall\n", Verdict::unreachable, "auth", "timed out", ""},
      {"closes at once", "close\n", Verdict::unreachable, "auth", "open a session with", ""},
      {"closes after its greeting", "S: 220 hi\n C: EHLO *\n close\n", Verdict::unreachable, "auth",
       "open a session with", ""},
      {"closes after our hello", "S: 220 hi\n C: EHLO *\n S: 250 fake\n C: EHLO *\n close\n", Verdict::unreachable,
       "submit", "ehlo: read from the server: the server closed the connection", ""},
      {"closes after mail from", hello + "C: MAIL*\n close\n", Verdict::unreachable, "submit",
       "mail from: read from the server: the server closed the connection", ""},
      {"closes after rcpt to", hello + "C: MAIL*\n S: 250 ok\n C: RCPT*\n close\n", Verdict::unreachable, "submit",
       "rcpt to: read from the server: the server closed the connection", ""},
      {"resets after data", hello + "C: MAIL*\n S: 250 ok\n C: RCPT*\n S: 250 ok\n C: DATA\n reset\n",
       Verdict::unreachable, "submit", "data: read from the server: the server closed the connection", ""},
      {"closes after the message",
       hello_pipelining + pipelined_commands + "S: 250 ok\n S: 250 ok\n S: 354 go\n data\n close\n",
       Verdict::unreachable, "submit", "end of data: read from the server: the server closed the connection", ""},
      {"never answers mail from", hello + "C: MAIL*\n stall\n", Verdict::unreachable, "submit",
       "mail from: read from the server: timed out", ""},
      {"answers half", hello + "C: MAIL*\n s: 250 o\n stall\n", Verdict::unreachable, "submit",
       "mail from: read from the server: timed out", ""},
      {"answers half a reply", hello + "C: MAIL*\n S: 250-first\n stall\n", Verdict::unreachable, "submit",
       "mail from: read from the server: timed out", ""},
      {"never answers the message",
       hello_pipelining + pipelined_commands + "S: 250 ok\n S: 250 ok\n S: 354 go\n data\n stall\n",
       Verdict::unreachable, "submit", "end of data: read from the server: timed out", ""},
      {"answers with a line without end", hello + "C: MAIL*\n endless 250\n", Verdict::unreachable, "submit",
       "mail from: read from the server: a line longer than 4096 bytes", ""},
      {"answers with lines without end", hello + "C: MAIL*\n endless lines 250-more\n", Verdict::unreachable, "submit",
       "mail from: a reply of more than 200 lines", ""},
      {"answers hello with lines without end",
       "S: 220 hi\n C: EHLO *\n S: 250 fake\n C: EHLO *\n endless lines 250-X\n", Verdict::unreachable, "submit",
       "ehlo: a reply of more than 200 lines", ""},
      {"answers garbage", hello + "C: MAIL*\n S: <html>\\x1b[2J\n stall\n", Verdict::unreachable, "submit",
       "mail from: an answer that is no SMTP reply: \"<html>", ""},
      {"answers with a code of no class", hello + "C: MAIL*\n S: 650 what\n stall\n", Verdict::unreachable, "submit",
       "mail from: an answer that is no SMTP reply: \"650 what\"", ""},
      {"grants data before asked", hello + "C: MAIL*\n S: 354 go on\n stall\n", Verdict::unreachable, "submit",
       "mail from: an answer out of place: 354 go on", ""},
      {"knows no second hello",
       "S: 220 hi\n C: EHLO *\n S: 250 fake\n C: EHLO *\n S: 502 no\n C: MAIL FROM:<a@shop.example>\n"
       "S: 250 ok\n C: RCPT*\n S: 250 ok\n C: DATA\n S: 354 go\n data\n S: 250 ok\n" +
           quit,
       Verdict::accepted, "", "", "250 ok"},
      {"demands a login", hello + "C: MAIL*\n S: 530 5.7.0 authentication required\n C: RSET\n S: 250 ok\n" + quit,
       Verdict::own_fault, "submit", "mail from refused: 530 5.7.0", "530 5.7.0 authentication required"},
      {"refuses the password", hello_plain + "C: AUTH PLAIN*\n S: 535 5.7.8 bad\n stall\n", Verdict::own_fault, "auth",
       "log in to 127.0.0.1: credentials refused: 535 5.7.8 bad", "535 5.7.8 bad", "u"},
      {"wants another kind of password", hello_plain + "C: AUTH PLAIN*\n S: 550 5.7.30 basic no more\n stall\n",
       Verdict::own_fault, "auth", "credentials refused: 550 5.7.30", "550 5.7.30 basic no more", "u"},
      {"cannot check the password now", hello_plain + "C: AUTH PLAIN*\n S: 454 4.7.0 Too many login attempts\n stall\n",
       Verdict::deferred, "auth", "session with 127.0.0.1 deferred: 454 4.7.0 Too many login attempts",
       "454 4.7.0 Too many login attempts", "u"},
      {"refuses the login without a word on the password", hello_plain + "C: AUTH PLAIN*\n S: 554 5.7.0 no\n stall\n",
       Verdict::rejected, "auth", "session with 127.0.0.1 refused: 554 5.7.0 no", "554 5.7.0 no", "u"},
      {"goes silent after it refused our hello", "S: 220 hi\n C: EHLO *\n S: 502 no\n C: HELO *\n stall\n",
       Verdict::unreachable, "auth", "timed out", "502 no"},
      {"closes down while we log in", hello_plain + "C: AUTH PLAIN*\n S: 421 4.7.0 bye\n close\n", Verdict::deferred,
       "auth", "session with 127.0.0.1 deferred: 421 4.7.0 bye", "421 4.7.0 bye", "u"},
      {"closes while we log in", hello_plain + "C: AUTH PLAIN*\n close\n", Verdict::unreachable, "auth",
       "open a session with", "", "u"},
      {"knows no way to log in that we know", "S: 220 hi\n C: EHLO *\n S: 250-fake\n S: 250 AUTH FOO\n stall\n",
       Verdict::unreachable, "auth", "Login denied", "", "u"},
      {"logs us in",
       hello_plain +
           "C: AUTH PLAIN\n S: 334 \n C: AHUAc2VjcmV0\n S: 235 welcome\n C: EHLO *\n S: 250 fake\n C: MAIL*\n"
           "S: 250 ok\n C: RCPT*\n S: 250 ok\n C: DATA\n S: 354 go\n data\n S: 250 ok\n" +
           quit,
       Verdict::accepted, "", "", "250 ok", "u"},
      {"has had enough mail from us today",
       hello_pipelining + pipelined_commands +
           "S: 250 ok\n S: 250 ok\n S: 354 go\n data\n S: 550-5.4.5 Daily user sending limit exceeded. For more on\n"
           "S: 550 5.4.5 limits see there\n" + quit,
       Verdict::own_fault, "submit",
       "our account has reached the provider's sending limit: 550 5.4.5 Daily user sending limit exceeded. For more",
       "550 5.4.5 Daily user sending limit exceeded. For more on limits see there"},
      {"hangs while cleaning up", hello + "C: MAIL*\n S: 550 no\n C: RSET\n stall\n", Verdict::rejected, "submit",
       "mail from refused: 550 no", "550 no"},
  };
  // All at once, so that the silent ones are waited for together.
  EventLoop loop;
  std::vector<std::unique_ptr<Trial>> trials;
  for (const Row& row : rows) {
    trials.push_back(std::make_unique<Trial>(loop, row));
    loop.spawn(submit_and_close(*trials.back()->submitter, 1, patience, trials.back()->outcomes));
  }
  loop.run();
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const Row& row = rows[i];
    INFO(row.behaviour);
    Trial& trial = *trials[i];
    REQUIRE(trial.outcomes.size() == 1);
    const SubmitOutcome& outcome = trial.outcomes[0];
    CAPTURE(outcome.reason);
    CHECK(std::string(name_of(outcome.verdict)) == name_of(row.verdict));
    CHECK(stage_in_error(outcome) == row.stage);
    CHECK(outcome.reason.find(row.reason) != std::string::npos);
    CHECK(outcome.reason.empty() == (row.verdict == Verdict::accepted));
    CHECK(outcome.smtp_reply == row.reply);
    CHECK(outcome.accepted_at.has_value() == (row.verdict == Verdict::accepted));
    CHECK(outcome.stages.size() == 5);
    trial.submitter.reset();
    CHECK(trial.server.complaints() == std::vector<std::string>{});
  }
}

TEST_CASE("a server without STARTTLS gets no password when TLS is demanded") {
  ScriptedServer server({"S: 220 hi\n C: EHLO *\n S: 250-fake\n S: 250 AUTH PLAIN\n stall\n"});
  Account account = account_at(server.port());
  account.smtp->transport = Transport::starttls;
  account.user = "u";
  account.password = Secret("secret");
  const auto outcome = submit(account).at(0);
  CHECK(outcome.verdict == Verdict::unreachable);
  CHECK(stage_in_error(outcome) == "tls");
  CHECK(server.said_by_client().size() == 1);
  CHECK(server.complaints() == std::vector<std::string>{});
}

TEST_CASE("a port where nobody listens is unreachable at connect") {
  int port = 0;
  {
    ScriptedServer gone({});
    port = gone.port();
  }
  const auto outcome = submit(account_at(port)).at(0);
  CHECK(outcome.verdict == Verdict::unreachable);
  CHECK(stage_in_error(outcome) == "connect");
  CHECK(outcome.reason.find("connection refused") != std::string::npos);
}

TEST_CASE("an account that cannot send is a fault of our own") {
  Account account = account_at(1);
  account.smtp.reset();
  CHECK(submit(account).at(0).verdict == Verdict::own_fault);
}
