// make_sendmail_submitter of probes/submission.h: a canary handed to a local sendmail command.
#include <sysexits.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/local_command.h"
#include "core/text.h"
#include "core/turns.h"
#include "probes/submission.h"

namespace mailcanary {
namespace {

using Verdict = SubmitOutcome::Verdict;

constexpr std::size_t max_quote = 300;

struct ExitMeaning {
  int code;
  Verdict verdict;
  const char* says;
};
// sysexits.h, and the two codes of qmail. What is not here is a fault of ours: we, or this machine, got it wrong.
constexpr std::array<ExitMeaning, 9> exit_meanings = {{
    {EX_OK, Verdict::accepted, ""},
    {EX_DATAERR, Verdict::rejected, "the message was refused"},
    {EX_NOUSER, Verdict::rejected, "the address is unknown"},
    {EX_NOHOST, Verdict::rejected, "the host is unknown"},
    {EX_UNAVAILABLE, Verdict::unreachable, "the service is unavailable"},
    {EX_PROTOCOL, Verdict::unreachable, "the mail protocol failed"},
    {EX_TEMPFAIL, Verdict::deferred, "put off"},
    {100, Verdict::rejected, "refused for good"},
    {111, Verdict::deferred, "put off"},
}};

// CRLF is for the wire; commands take the lines of this system.
std::string with_local_lines(const std::string& message) {
  std::string text;
  text.reserve(message.size());
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (message[i] == '\r' && i + 1 < message.size() && message[i + 1] == '\n') continue;
    text += message[i];
  }
  return text;
}

SubmitOutcome judge(SubmitOutcome outcome, const std::string& program, const Result<CommandEnd>& end, Now ended) {
  StageRecord& stage = outcome.stages.front();
  const auto fail = [&](Verdict verdict, std::string reason) {
    outcome.verdict = verdict;
    outcome.reason = stage.error = std::move(reason);
    return outcome;
  };
  if (!end) {
    const bool timed_out = end.error().kind == ErrorKind::timed_out;
    return fail(timed_out ? Verdict::unreachable : Verdict::own_fault, end.error().message);
  }
  outcome.smtp_reply = cut(end->complaint.line(), 2000);
  const std::string quote = outcome.smtp_reply.empty() ? "" : ": " + cut(outcome.smtp_reply, max_quote);
  if (!end->exit_code) return fail(Verdict::own_fault, fmt::format("{} died of signal {}{}", program, end->signal, quote));
  const auto meaning = std::find_if(exit_meanings.begin(), exit_meanings.end(),
                                    [&](const ExitMeaning& row) { return row.code == *end->exit_code; });
  if (meaning == exit_meanings.end()) {
    return fail(Verdict::own_fault, fmt::format("{} failed with exit code {}{}", program, *end->exit_code, quote));
  }
  if (meaning->verdict != Verdict::accepted) {
    return fail(meaning->verdict,
                fmt::format("{} ended with exit code {} ({}){}", program, meaning->code, meaning->says, quote));
  }
  outcome.verdict = Verdict::accepted;
  outcome.accepted_at = ended.wall;
  return outcome;
}

struct Shared {
  EventLoop& loop;
  std::string program;
  Turns turns;  // how many programs run at once
};

SubmitOutcome begun(Now now) {
  SubmitOutcome outcome;
  outcome.started_at = now.wall;
  outcome.stages.push_back({Stage::submit, std::nullopt, {}});
  return outcome;
}

// Holds what it needs in its frame: the submitter may be gone before it ends.
Task<SubmitOutcome> submit_once(std::shared_ptr<Shared> shared, ComposedCanary canary, Duration patience) {
  const auto turn = co_await shared->turns.take(shared->loop.now().mono + patience);
  const Now started = shared->loop.now();
  SubmitOutcome outcome = begun(started);
  if (turn == Turns::Taken::too_late) {
    outcome.verdict = Verdict::own_fault;
    outcome.reason = outcome.stages.front().error =
        fmt::format("wait for a turn: timed out with {} of {} at work",
                    count_noun(shared->turns.places(), "run", "runs"), shared->program);
    co_return outcome;
  }
  LocalCommand command;
  // -i: a line with a lone dot is no end. No DSN options: -N means something else to Exim.
  command.arguments = {shared->program, "-i", "-f", canary.envelope_from, "--", canary.envelope_to};
  command.input = with_local_lines(canary.message);
  const auto end = co_await run_command(shared->loop, std::move(command), started.mono + patience);
  shared->turns.give_back();
  const Now ended = shared->loop.now();
  outcome.stages.front().took = ended.mono - started.mono;
  co_return judge(std::move(outcome), shared->program, end, ended);
}

class SendmailSubmitter : public Submitter {
 public:
  SendmailSubmitter(EventLoop& loop, const SubmitterOptions& options)
      : shared_(std::make_shared<Shared>(Shared{loop, options.account.smtp ? options.account.smtp->path : "",
                                                Turns(loop, options.account.max_sessions)})) {}
  Task<SubmitOutcome> submit(ComposedCanary canary, Duration patience) override {
    return submit_once(shared_, std::move(canary), patience);
  }
  Task<void> close() override { co_return; }

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace

std::unique_ptr<Submitter> make_sendmail_submitter(EventLoop& loop, SubmitterOptions options) {
  return std::make_unique<SendmailSubmitter>(loop, options);
}

std::unique_ptr<Submitter> make_submitter(EventLoop& loop, SubmitterOptions options) {
  const auto& server = options.account.smtp;
  if (server && server->protocol == Protocol::sendmail) return make_sendmail_submitter(loop, std::move(options));
  return make_smtp_submitter(loop, std::move(options));
}

}  // namespace mailcanary
