// make_smtp_submitter of probes/submission.h: one attempt over a kept or a fresh session, and its verdict.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/line_session.h"
#include "core/text.h"
#include "probes/smtp_pool.h"
#include "probes/submission.h"

namespace mailcanary {
namespace {

using Verdict = SubmitOutcome::Verdict;

// After the outcome is known, so that a server which dawdles there costs the session and not the canary.
constexpr Duration clean_up_patience = std::chrono::seconds(5);

StageRecord& stage(SubmitOutcome& outcome, Stage which) { return outcome.stages[static_cast<std::size_t>(which)]; }

SubmitOutcome blank_outcome(WallTime started_at) {
  SubmitOutcome outcome;
  outcome.started_at = started_at;
  for (const Stage which : {Stage::resolve, Stage::connect, Stage::tls, Stage::auth, Stage::submit}) {
    outcome.stages.push_back({which, std::nullopt, {}});
  }
  return outcome;
}

void fail(SubmitOutcome& outcome, Stage where, Verdict verdict, std::string reason) {
  outcome.verdict = verdict;
  outcome.reason = std::move(reason);
  stage(outcome, where).error = outcome.reason;
}

LineEndpoint line_endpoint(const Account& account) {
  const Endpoint& server = *account.smtp;
  const bool v6 = server.host.find(':') != std::string::npos;
  LineEndpoint endpoint;
  endpoint.url = fmt::format("{}://{}:{}", server.transport == Transport::tls ? "smtps" : "smtp",
                             v6 ? "[" + server.host + "]" : server.host, server.port);
  endpoint.require_tls = server.transport != Transport::plain;
  endpoint.user = account.user;
  endpoint.password = account.password;
  endpoint.ca_file = account.tls.ca_file;
  endpoint.verify_peer = !account.tls.insecure;
  endpoint.hello_name = smtp_hello_name();
  return endpoint;
}

// RFC 4954 §6: our credentials, or that we gave none, are the fault; 454 is not among them. Microsoft refuses basic
// authentication with 550 5.7.30.
bool refuses_credentials(const SmtpReply& reply) {
  return reply.code == 530 || reply.code == 534 || reply.code == 535 || reply.code == 538 ||
         (reply.code == 550 && istarts_with(reply.text, "5.7.30 "));
}

Verdict verdict_on(const SmtpReply& reply) {
  if (refuses_credentials(reply)) return Verdict::own_fault;
  return reply.severity() == 4 ? Verdict::deferred : Verdict::rejected;
}

Stage stage_of(ConnectStep step) {
  switch (step) {
    case ConnectStep::resolve: return Stage::resolve;
    case ConnectStep::connect: return Stage::connect;
    case ConnectStep::tls: return Stage::tls;
    case ConnectStep::login: return Stage::auth;
  }
  return Stage::connect;
}

void note_connect_failure(SubmitOutcome& outcome, const Account& account, const ConnectFailure& failure) {
  const Stage where = stage_of(failure.step);
  if (failure.own_fault) return fail(outcome, where, Verdict::own_fault, one_line(failure.message));

  SmtpReplyReader reader;
  const auto state = reader.add(failure.server_reply.raw());
  const SmtpReply reply = reader.take();
  const bool is_reply = state == SmtpReplyReader::State::complete;
  // A timeout or a broken connection after "250" is not told by that 250.
  const bool tells = is_reply ? reply.severity() >= 4 : !failure.timed_out && !failure.server_reply.empty();
  if (tells) outcome.smtp_reply = is_reply ? reply.line() : failure.server_reply.line();
  if (is_reply && refuses_credentials(reply)) {
    return fail(outcome, where, Verdict::own_fault,
                fmt::format("log in to {}: credentials refused: {}", account.smtp->host, outcome.smtp_reply));
  }
  const Verdict verdict = is_reply && reply.code == 421 ? Verdict::deferred : Verdict::unreachable;
  std::string reason = one_line(failure.message);
  if (tells) reason += fmt::format(" (\"{}\")", cut(outcome.smtp_reply, 200));
  fail(outcome, where, verdict, std::move(reason));
}

void note_transaction(SubmitOutcome& outcome, const SmtpTransaction& done, Duration took, WallTime ended_at) {
  stage(outcome, Stage::submit).took = took;
  const char* step = name_of(done.step);
  if (!done.reply) {
    const std::string reason = fmt::format("{}: {}", step, done.trouble);
    return fail(outcome, Stage::submit, Verdict::unreachable, reason);
  }
  outcome.smtp_reply = done.reply->line();
  if (done.accepted()) {
    outcome.verdict = Verdict::accepted;
    outcome.accepted_at = ended_at;
    return;
  }
  const Verdict verdict = verdict_on(*done.reply);
  const char* word = verdict == Verdict::deferred ? "deferred" : "refused";
  fail(outcome, Stage::submit, verdict, fmt::format("{} {}: {}", step, word, outcome.smtp_reply));
}

// The server had ended the session before it saw our MAIL, or ends it now (RFC 5321 §3.8): nothing was tried.
bool was_stale(const SmtpTransaction& done) {
  if (done.step != SmtpStep::mail_from) return false;
  return done.reply ? done.reply->code == 421 : done.trouble_kind != ErrorKind::timed_out;
}

struct Shared {
  EventLoop& loop;
  Account account;
  std::shared_ptr<SmtpPool> pool;
};

// One transaction on one session, with the books kept.
Task<SmtpTransaction> transact(EventLoop& loop, SmtpSession* session, std::shared_ptr<const ComposedCanary> canary,
                               SubmitOutcome* outcome, MonoTime deadline) {
  const MonoTime started = loop.now().mono;
  auto done = co_await session->send(std::move(canary), deadline);
  const Now ended = loop.now();
  note_transaction(*outcome, done, ended.mono - started, ended.wall);
  co_return done;
}

// A fresh session; null after a failure, which then stands in the outcome.
Task<std::unique_ptr<SmtpSession>> open_session(std::shared_ptr<Shared> shared, SubmitOutcome* outcome,
                                                MonoTime deadline) {
  LineEndpoint endpoint = line_endpoint(shared->account);
  const std::string hello = endpoint.hello_name;
  auto opened = co_await LineSession::open(shared->loop, std::move(endpoint), deadline);
  stage(*outcome, Stage::resolve).took = opened.times.resolve;
  stage(*outcome, Stage::connect).took = opened.times.connect;
  stage(*outcome, Stage::tls).took = opened.times.tls;
  stage(*outcome, Stage::auth).took = opened.times.login;
  if (opened.failure) note_connect_failure(*outcome, shared->account, *opened.failure);
  if (!opened.session) co_return nullptr;
  co_return std::make_unique<SmtpSession>(std::move(opened.session), hello);
}

Task<SubmitOutcome> submit_once(std::shared_ptr<Shared> shared, ComposedCanary composed, MonoTime deadline) {
  EventLoop& loop = shared->loop;
  SubmitOutcome outcome = blank_outcome(loop.now().wall);
  if (!shared->account.smtp) {
    fail(outcome, Stage::submit, Verdict::own_fault, "the account has no smtp server");
    co_return outcome;
  }
  auto turn = co_await shared->pool->take_turn(deadline);
  if (!turn) {
    fail(outcome, Stage::submit, Verdict::own_fault, turn.error().message);
    co_return outcome;
  }
  outcome = blank_outcome(loop.now().wall);  // our own queue is not the provider's time

  const auto canary = std::make_shared<const ComposedCanary>(std::move(composed));
  auto session = shared->pool->take_idle();
  if (session) {
    outcome.session_reused = true;
    const auto done = co_await transact(loop, session.get(), canary, &outcome, deadline);
    if (was_stale(done)) {
      session.reset();
      outcome = blank_outcome(outcome.started_at);
    }
  }
  if (!outcome.session_reused) {
    session = co_await open_session(shared, &outcome, deadline);
    if (session) co_await transact(loop, session.get(), canary, &outcome, deadline);
  }
  if (session && session->needs_clean_up()) {
    co_await session->clean_up(std::min(deadline, loop.now().mono + clean_up_patience));
  }
  if (session) shared->pool->keep(std::move(session));
  shared->pool->end_turn();
  co_return outcome;
}

class SmtpSubmitter : public Submitter {
 public:
  SmtpSubmitter(EventLoop& loop, SubmitterOptions options)
      : shared_(std::make_shared<Shared>(Shared{loop, std::move(options.account), nullptr})) {
    const Account& account = shared_->account;
    shared_->pool = std::make_shared<SmtpPool>(loop, account.max_sessions, account.max_messages_per_session,
                                               options.idle_timeout);
  }
  ~SmtpSubmitter() override { shared_->pool->shut(); }

  Task<SubmitOutcome> submit(ComposedCanary canary, MonoTime deadline) override {
    return submit_once(shared_, std::move(canary), deadline);
  }
  Task<void> close() override { return shared_->pool->close_idle(); }

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::accepted: return "accepted";
    case Verdict::rejected: return "rejected";
    case Verdict::deferred: return "deferred";
    case Verdict::unreachable: return "unreachable";
    case Verdict::own_fault: return "own_fault";
  }
  return "?";
}

std::unique_ptr<Submitter> make_smtp_submitter(EventLoop& loop, SubmitterOptions options) {
  return std::make_unique<SmtpSubmitter>(loop, std::move(options));
}

}  // namespace mailcanary
