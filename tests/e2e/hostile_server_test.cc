// Servers that say nothing, half, too much or nonsense: `check` ends in its time, with a reason.
// What each step of a session makes of them is proved in tests/probes; here the whole program meets them.
#include <memory>

#include "tests/catch.h"
#include "tests/e2e/watch.h"
#include "tests/probes/scripted_server.h"

using namespace mailcanary;
using namespace mailcanary::testbed;
using namespace std::chrono_literals;

namespace {

const std::string one_route = "\nroutes:\n  - {from: shop, to: watch}\n";

struct Row {
  const char* behaviour;
  std::string dialogue;
  const char* reason;  // a part of the line
};

struct Meeting {
  const Row* row = nullptr;
  std::unique_ptr<ScriptedServer> server;
  std::unique_ptr<Watch> watch;
  std::unique_ptr<Process> check;
};

std::string loopback(const std::string& scheme, const ScriptedServer& server) {
  return scheme + "://127.0.0.1:" + std::to_string(server.port());
}

// Long enough that a busy machine has looked at the mailbox by then.
void start(Meeting& meeting) {
  meeting.check = std::make_unique<Process>(meeting.watch->command({"check", "shop-watch", "--wait", "12s"}));
}

void expect(Meeting& meeting, int code, const std::string& word) {
  const auto done = meeting.check->finish(patience);
  CAPTURE(meeting.row->behaviour, done.out, done.err);
  CHECK(done.how == Finished::How::exited);
  CHECK(done.exit_code == code);
  CHECK(done.out.starts_with(word));
  CHECK(done.out.find(meeting.row->reason) != std::string::npos);
  CHECK(done.out.size() < 1000);
  CHECK(done.out.find('\x1b') == std::string::npos);
  CHECK(done.err == "");
  balanced_books(*meeting.watch);
}

// All at once, since they only wait; one that talks without end keeps both sides busy, so it gets the machine alone.
void meet(std::vector<Meeting>& meetings, int code, const std::string& word) {
  const auto talks = [](const Meeting& meeting) { return meeting.row->dialogue.find("endless") != std::string::npos; };
  for (auto& meeting : meetings) {
    if (!talks(meeting)) start(meeting);
  }
  for (auto& meeting : meetings) {
    if (!talks(meeting)) expect(meeting, code, word);
  }
  for (auto& meeting : meetings) {
    if (!talks(meeting)) continue;
    start(meeting);
    expect(meeting, code, word);
  }
}

}  // namespace

TEST_CASE("a hostile mail server makes check critical, within its wait") {
  const std::string hello = "S: 220 hi\nC: EHLO *\nS: 250-bed\nS: 250 SIZE\n";
  // The program says EHLO once more itself, to see the extensions.
  const std::string session = hello + "C: EHLO *\nS: 250 bed\n";
  const Row rows[] = {
      {"no greeting", "stall", "timed out"},
      {"an endless greeting", "endless 220 ", "CRITICAL: shop-watch unreachable, "},
      {"endless greeting lines", "endless lines 220-hi", "CRITICAL: shop-watch unreachable, "},
      {"garbage", "S: \\x1b[31mSSH-2.0 | <b>\nstall", "CRITICAL: shop-watch unreachable, "},
      {"half a greeting", "s: 22\nclose", "CRITICAL: shop-watch unreachable, "},
      {"closes at once", "close", "CRITICAL: shop-watch unreachable, "},
      {"a reset", "reset", "CRITICAL: shop-watch unreachable, "},
      {"no answer to EHLO", "S: 220 hi\nC: EHLO *\nstall", "timed out"},
      {"endless extensions", "S: 220 hi\nC: EHLO *\nendless lines 250-X", "CRITICAL: shop-watch unreachable, "},
      {"no answer to MAIL", session + "C: MAIL *\nstall", "timed out"},
      {"an endless answer to MAIL", session + "C: MAIL *\nendless 250 ", "line longer than"},
      {"closes at MAIL", session + "C: MAIL *\nclose", "closed"},
      {"half an answer to RCPT", session + "C: MAIL *\nS: 250 ok\nC: RCPT *\ns: 25\nclose", "closed"},
      {"no answer to DATA", session + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nstall", "timed out"},
      {"closes after the message",
       session + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\ndata\nclose", "closed"},
      {"no answer to the message",
       session + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\ndata\nstall", "timed out"},
  };
  const MailBed bed;
  std::vector<Meeting> meetings;
  for (const auto& row : rows) {
    Meeting meeting;
    meeting.row = &row;
    meeting.server = std::make_unique<ScriptedServer>(std::vector<std::string>{row.dialogue});
    const WatchedAccount shop{"shop", bed.address("shop"), loopback("smtp+plain", *meeting.server), "", ""};
    meeting.watch = std::make_unique<Watch>(std::vector{shop, account_of(bed, "watch")}, one_route);
    meetings.push_back(std::move(meeting));
  }
  meet(meetings, 2, "CRITICAL: shop-watch ");
}

TEST_CASE("a hostile mailbox server makes check unknown, within its wait") {
  const Row rows[] = {
      {"no greeting", "stall", "did not answer within 12 s"},
      {"an endless greeting", "endless * OK ", "UNKNOWN: "},
      {"garbage", "S: \\x1b[31mSSH-2.0 | <b>\nstall", "UNKNOWN: "},
      {"half a greeting", "s: * O\nclose", "UNKNOWN: "},
      {"closes at once", "close", "UNKNOWN: "},
      {"a reset", "reset", "UNKNOWN: "},
  };
  const MailBed bed;
  std::vector<Meeting> meetings;
  for (const auto& row : rows) {
    Meeting meeting;
    meeting.row = &row;
    meeting.server = std::make_unique<ScriptedServer>(std::vector<std::string>(5, row.dialogue));
    WatchedAccount observer = account_of(bed, "watch");
    observer.imap = loopback("imap+plain", *meeting.server);
    meeting.watch = std::make_unique<Watch>(std::vector{account_of(bed, "shop"), observer}, one_route);
    meetings.push_back(std::move(meeting));
  }
  meet(meetings, 3, "UNKNOWN: shop-watch ");
}
