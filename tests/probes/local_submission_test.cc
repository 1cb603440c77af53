// Handing canaries over without SMTP: a sendmail command, LMTP.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "tests/catch.h"
#include "tests/probes/submission_fixture.h"

using namespace mailcanary;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Verdict = SubmitOutcome::Verdict;

namespace {

const std::vector<std::string> none;

// A folder with a program that plays sendmail: a shell script, which finds its own folder in $0.
struct Command {
  explicit Command(const std::string& script) {
    std::string name = (fs::temp_directory_path() / "mailcanary-sendmail-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    std::ofstream(folder / "sendmail") << "#!/bin/sh\ncd \"${0%/*}\"\n" << script << "\n";
    fs::permissions(folder / "sendmail", fs::perms::owner_all);
  }
  ~Command() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  SubmitOutcome submit(Duration patience = 60s, const std::string& program = "sendmail") const {
    EventLoop loop;
    Account account = account_at(0);
    account.smtp = Endpoint{Protocol::sendmail, Transport::local, {}, 0, (folder / program).string()};
    std::vector<SubmitOutcome> outcomes;
    const auto submitter = make_submitter(loop, {std::move(account)});
    loop.run_until_done(submit_and_close(*submitter, 1, patience, outcomes));
    return outcomes.at(0);
  }
  std::string text(const std::string& file) const {
    std::ifstream in(folder / file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  fs::path folder;
};

std::vector<SubmitOutcome> submit_by_lmtp(int port, int count = 1) {
  Account account = account_at(port);
  account.smtp->protocol = Protocol::lmtp;
  EventLoop loop;
  std::vector<SubmitOutcome> outcomes;
  const auto submitter = make_submitter(loop, {std::move(account)});
  loop.run_until_done(submit_and_close(*submitter, count, 20s, outcomes));
  return outcomes;
}

const std::string lhlo = "S: 220 store ready\nC: LHLO *\nS: 250-store\nS: 250 8BITMIME\n";
const std::string lmtp_envelope =
    "C: MAIL FROM:<a@shop.example>\nS: 250 ok\nC: RCPT TO:<b@other.example>\nS: 250 ok\nC: DATA\nS: 354 go on\ndata\n";

}  // namespace

TEST_CASE("a sendmail command gets sender, recipient and message, and none of our secrets") {
  const Command command("for a in \"$@\"; do echo \"<$a>\"; done > arguments\ncat > message\nenv > environment\nls /proc/self/fd > files");
  ::setenv("MAILCANARY_TEST_SECRET", "hunter2", 1);
  const auto outcome = command.submit();
  ::unsetenv("MAILCANARY_TEST_SECRET");
  CHECK(outcome.reason == "");
  CHECK(outcome.verdict == Verdict::accepted);
  CHECK(outcome.accepted_at);
  CHECK(command.text("arguments") == "<-i>\n<-f>\n<a@shop.example>\n<-->\n<b@other.example>\n");
  CHECK(command.text("message") == "Subject: x\n\nhello\n.dot\n");
  CHECK(command.text("environment").find("hunter2") == std::string::npos);
  // Standard input, output and error, and the folder that ls reads.
  CHECK(command.text("files") == "0\n1\n2\n3\n");
}

TEST_CASE("the exit code of a sendmail command is its verdict, and what it says is the evidence") {
  struct Row {
    std::string script;
    Verdict verdict;
    std::string says;
  };
  const std::vector<Row> rows = {
      {"exit 75", Verdict::deferred, "ended with exit code 75 (put off)"},
      {"echo 'no such user' >&2; exit 67", Verdict::rejected, "ended with exit code 67 (the address is unknown): no such user"},
      {"exit 65", Verdict::rejected, "the message was refused"},
      {"exit 68", Verdict::rejected, "the host is unknown"},
      {"exit 69", Verdict::unreachable, "the service is unavailable"},
      {"exit 76", Verdict::unreachable, "the mail protocol failed"},
      {"exit 78", Verdict::own_fault, "failed with exit code 78"},
      {"exit 1", Verdict::own_fault, "failed with exit code 1"},
      {"printf 'a\\033[31m\\nb\\000c' >&2; exit 64", Verdict::own_fault, "failed with exit code 64: a"},
      {"kill -9 $$", Verdict::own_fault, "died of signal 9"},
      {"exec 0<&-; exit 75", Verdict::deferred, "put off"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.script);
    const auto outcome = Command(row.script).submit();
    CAPTURE(outcome.reason);
    CHECK(outcome.verdict == row.verdict);
    CHECK(outcome.reason.find(row.says) != std::string::npos);
    CHECK(outcome.reason.find('\x1b') == std::string::npos);
    CHECK_FALSE(outcome.accepted_at);
  }
}

TEST_CASE("a sendmail command that is not there is our fault") {
  const auto outcome = Command("exit 0").submit(60s, "absent");
  CHECK(outcome.verdict == Verdict::own_fault);
  CHECK(outcome.reason.find("/absent: No such file or directory") != std::string::npos);
}

TEST_CASE("a sendmail command is killed at the deadline, with what it started") {
  const Command command("echo $$ > pid\nsleep 1000 &\necho $! >> pid\necho waiting >&2\nwait");
  const auto outcome = command.submit(500ms);
  CHECK(outcome.verdict == Verdict::unreachable);
  CHECK(outcome.reason.find("timed out") != std::string::npos);
  std::istringstream pids(command.text("pid"));
  int pid = 0, count = 0;
  while (pids >> pid) {
    ++count;
    // Gone, or a zombie that nobody has collected yet; the kernel takes a moment to end what was killed.
    std::string state;
    for (int looks = 0; looks < 100'000; ++looks) {
      std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
      if (state.clear(); !std::getline(stat, state)) break;
      if (state.find(") Z ") != std::string::npos || state.find(") X ") != std::string::npos) state.clear();
      if (state.empty()) break;
    }
    CHECK(state.empty());
  }
  CHECK(count <= 2);
}

TEST_CASE("a sendmail command that never stops complaining is heard out, but only its beginning is kept") {
  const auto outcome = Command("head -c 1000000 /dev/zero | tr '\\000' x >&2; exit 75").submit();
  CHECK(outcome.verdict == Verdict::deferred);
  CHECK(outcome.smtp_reply.size() < 5000);
}

TEST_CASE("LMTP says LHLO, and the recipient's answer after the message decides") {
  struct Row {
    std::string answer;
    Verdict verdict;
    std::string reason;
  };
  const std::vector<Row> rows = {
      {"250 2.0.0 saved", Verdict::accepted, ""},
      {"452 4.2.2 mailbox full", Verdict::deferred, "end of data deferred: 452 4.2.2 mailbox full"},
      {"552 5.2.2 mailbox full", Verdict::rejected, "end of data refused: 552 5.2.2 mailbox full"}};
  for (const auto& row : rows) {
    CAPTURE(row.answer);
    ScriptedServer server({lhlo + lmtp_envelope + "S: " + row.answer + "\nC: QUIT\nS: 221 bye\n"});
    const auto outcomes = submit_by_lmtp(server.port());
    CHECK(outcomes[0].verdict == row.verdict);
    CHECK(outcomes[0].reason == row.reason);
    CHECK(outcomes[0].smtp_reply == row.answer);
    CHECK(server.complaints() == none);
  }
}

TEST_CASE("an LMTP session is kept for the next canary") {
  ScriptedServer server({lhlo + lmtp_envelope + "S: 250 saved\n" + lmtp_envelope + "S: 250 saved\nC: QUIT\nS: 221 bye\n"});
  const auto outcomes = submit_by_lmtp(server.port(), 2);
  CHECK(outcomes[1].verdict == Verdict::accepted);
  CHECK(outcomes[1].session_reused);
  CHECK(server.complaints() == none);
}

TEST_CASE("what an LMTP server does wrong is said by its step") {
  struct Row {
    std::string dialogue;
    Verdict verdict;
    std::string says;
  };
  const std::vector<Row> rows = {
      {"close", Verdict::unreachable, "greeting: "},
      {"S: 421 4.3.2 not now\n", Verdict::deferred, "greeting deferred: 421 4.3.2 not now"},
      {"S: hello\n", Verdict::unreachable, "greeting: "},
      {"endless x", Verdict::unreachable, "greeting: "},
      {"S: 220 ready\nC: LHLO *\nclose", Verdict::unreachable, "lhlo: "},
      {"S: 220 smtp\nC: LHLO *\nS: 500 5.5.1 unknown command\n", Verdict::rejected, "lhlo refused: 500 5.5.1 unknown command"},
      {lhlo + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 550 5.1.1 nobody\nC: RSET\nS: 250 ok\nC: QUIT\nS: 221 bye\n",
       Verdict::rejected, "rcpt to refused: 550 5.1.1 nobody"},
      {lhlo + lmtp_envelope + "close", Verdict::unreachable, "end of data: "},
      {lhlo + lmtp_envelope + "reset", Verdict::unreachable, "end of data: "},
  };
  for (const auto& row : rows) {
    CAPTURE(row.dialogue);
    ScriptedServer server({row.dialogue});
    const auto outcomes = submit_by_lmtp(server.port());
    CAPTURE(outcomes[0].reason);
    CHECK(outcomes[0].verdict == row.verdict);
    CHECK(outcomes[0].reason.find(row.says) == 0);
    CHECK(server.complaints() == none);
  }
}
