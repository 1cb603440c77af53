// make_smtp_submitter of probes/submission.h: one attempt over a kept or a fresh session, and its verdict.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/crypto.h"
#include "core/line_session.h"
#include "core/log.h"
#include "core/text.h"
#include "probes/account_endpoint.h"
#include "probes/sending_pause.h"
#include "probes/smtp_pool.h"
#include "probes/smtp_verdict.h"
#include "probes/submission.h"

namespace mailcanary {
namespace {

using Verdict = SubmitOutcome::Verdict;

constexpr std::size_t max_reply = 2000;  // characters of evidence
constexpr std::size_t max_quote = 300;   // of it inside a reason
// After the outcome is known, so that a server which dawdles there costs the session and not the canary.
constexpr Duration clean_up_patience = std::chrono::seconds(5);

// "refused", or "deferred" where the server asks to come back.
const char* word_for(Refusal refusal) { return refusal == Refusal::deferred ? "deferred" : "refused"; }

Stage stage_of(ConnectStep step) {
  switch (step) {
    case ConnectStep::resolve: return Stage::resolve;
    case ConnectStep::connect: return Stage::connect;
    case ConnectStep::tls: return Stage::tls;
    case ConnectStep::login: return Stage::auth;
  }
  return Stage::connect;
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
  SendingPause pause{};
};

// One canary's way to the server, and the outcome as it takes shape.
class Attempt {
 public:
  Attempt(std::shared_ptr<Shared> shared, ComposedCanary canary, Duration patience)
      : shared_(std::move(shared)),
        canary_(std::make_shared<const ComposedCanary>(std::move(canary))),
        patience_(patience) {}

  Task<SubmitOutcome> run();

 private:
  void start();
  bool held_back();
  StageRecord& stage(Stage which) { return outcome_.stages[static_cast<std::size_t>(which)]; }
  void fail(Stage where, Verdict verdict, std::string reason);
  // A refusal that is our own matter also pauses the account.
  void refused(Stage where, Refusal refusal, std::string reason);
  void note(const ConnectFailure& failure);
  void note(const SmtpTransaction& done);
  Task<std::unique_ptr<SmtpSession>> open_session();
  Task<SmtpTransaction> transact(SmtpSession* session);

  std::shared_ptr<Shared> shared_;
  std::shared_ptr<const ComposedCanary> canary_;
  const Duration patience_;
  MonoTime deadline_{};
  SubmitOutcome outcome_;
};

Task<SubmitOutcome> Attempt::run() {
  start();
  if (!shared_->account.smtp) {
    fail(Stage::submit, Verdict::own_fault, "the account has no smtp server");
    co_return outcome_;
  }
  if (held_back()) co_return outcome_;
  auto turn = co_await shared_->pool->take_turn(shared_->loop.now().mono + patience_);
  if (!turn) {
    start();
    fail(Stage::submit, Verdict::own_fault, turn.error().message);
    co_return outcome_;
  }
  auto session = co_await shared_->pool->take_session();
  if (held_back()) {  // since then, by the one that was waited for
    if (session) {
      shared_->pool->keep(std::move(session));
    } else {
      shared_->pool->opened();
    }
    shared_->pool->end_turn();
    co_return outcome_;
  }
  start();  // our own queue is not the provider's time
  deadline_ = shared_->loop.now().mono + patience_;
  if (session) {
    outcome_.session_reused = true;
    const auto done = co_await transact(session.get());
    if (was_stale(done)) {
      session.reset();
      shared_->pool->open_another();
      start();
    }
  }
  if (!session) {
    session = co_await open_session();
    shared_->pool->opened();
    if (session) co_await transact(session.get());
  }
  if (session && session->needs_clean_up()) {
    co_await session->clean_up(std::min(deadline_, shared_->loop.now().mono + clean_up_patience));
  }
  if (session) shared_->pool->keep(std::move(session));
  shared_->pool->end_turn();
  co_return std::move(outcome_);
}

void Attempt::start() {
  outcome_ = SubmitOutcome();
  outcome_.started_at = shared_->loop.now().wall;
  for (const Stage which : {Stage::resolve, Stage::connect, Stage::tls, Stage::auth, Stage::submit}) {
    outcome_.stages.push_back({which, std::nullopt, {}});
  }
}

// True when the account may not try now; that stands in the outcome.
bool Attempt::held_back() {
  auto why = shared_->pause.reason(shared_->loop.now());
  if (!why) return false;
  start();
  fail(Stage::submit, Verdict::own_fault, std::move(*why));
  return true;
}

// A fresh session; null after a failure, which then stands in the outcome.
Task<std::unique_ptr<SmtpSession>> Attempt::open_session() {
  LineEndpoint endpoint = line_endpoint(shared_->account, *shared_->account.smtp);
  endpoint.hello_name = smtp_hello_name();
  std::string hello_name = endpoint.hello_name;
  auto opened = co_await LineSession::open(shared_->loop, std::move(endpoint), deadline_);
  stage(Stage::resolve).took = opened.times.resolve;
  stage(Stage::connect).took = opened.times.connect;
  stage(Stage::tls).took = opened.times.tls;
  stage(Stage::auth).took = opened.times.login;
  if (opened.failure) note(*opened.failure);
  if (!opened.session) co_return nullptr;
  shared_->pause.logged_in();
  const bool lmtp = shared_->account.smtp->protocol == Protocol::lmtp;
  const auto dialect = lmtp ? SmtpSession::Dialect::lmtp : SmtpSession::Dialect::smtp;
  co_return std::make_unique<SmtpSession>(std::move(opened.session), std::move(hello_name), dialect);
}

Task<SmtpTransaction> Attempt::transact(SmtpSession* session) {
  const MonoTime started = shared_->loop.now().mono;
  auto done = co_await session->send(canary_, deadline_);
  const Now ended = shared_->loop.now();
  stage(Stage::submit).took = ended.mono - started;
  if (done.accepted()) outcome_.accepted_at = ended.wall;
  note(done);
  co_return done;
}

void Attempt::fail(Stage where, Verdict verdict, std::string reason) {
  outcome_.verdict = verdict;
  outcome_.reason = std::move(reason);
  stage(where).error = outcome_.reason;
}

void Attempt::refused(Stage where, Refusal refusal, std::string reason) {
  const std::string quote = cut(outcome_.smtp_reply, max_quote);
  if (refusal == Refusal::sending_limit) reason = sending_limit_reason(quote);
  fail(where, verdict_on(refusal), std::move(reason));
  const Duration pause = shared_->pause.refused(refusal, outcome_.reason, shared_->loop.now(), random_share());
  if (pause == Duration::zero()) return;
  log_warning("nothing is sent for now account={} reason=\"{}\" again_in_ms={}", shared_->account.name.str(),
              outcome_.reason, std::chrono::duration_cast<std::chrono::milliseconds>(pause).count());
}

void Attempt::note(const ConnectFailure& failure) {
  const Stage where = stage_of(failure.step);
  if (failure.own_fault) return fail(where, Verdict::own_fault, one_line(failure.message));

  const auto reply = read_reply(failure.server_reply.raw());
  // A timeout or a broken connection after "250" is not told by that 250.
  const bool tells = reply ? reply->severity() >= 4 : !failure.timed_out && !failure.server_reply.empty();
  if (tells) outcome_.smtp_reply = cut(reply ? reply->line() : failure.server_reply.line(), max_reply);
  const std::string quote = cut(outcome_.smtp_reply, max_quote);
  const std::string& host = shared_->account.smtp->host;
  // After a refusal it may have gone silent; the refusal was not what ended it then.
  if (reply && tells && !failure.timed_out) {
    const Refusal refusal = refusal_of(*reply, RefusedAt::login);
    return refused(where, refusal,
                   refusal == Refusal::credentials
                       ? fmt::format("log in to {}: credentials refused: {}", host, quote)
                       : fmt::format("session with {} {}: {}", host, word_for(refusal), quote));
  }
  std::string reason = one_line(failure.message);
  if (tells) reason += fmt::format(" (\"{}\")", quote);
  fail(where, Verdict::unreachable, std::move(reason));
}

void Attempt::note(const SmtpTransaction& done) {
  const char* step = name_of(done.step);
  if (!done.reply) return fail(Stage::submit, Verdict::unreachable, fmt::format("{}: {}", step, done.trouble));
  outcome_.smtp_reply = cut(done.reply->line(), max_reply);
  if (done.accepted()) {
    outcome_.verdict = Verdict::accepted;
    return;
  }
  const Refusal refusal = refusal_of(*done.reply, RefusedAt::message);
  refused(Stage::submit, refusal,
          fmt::format("{} {}: {}", step, word_for(refusal), cut(outcome_.smtp_reply, max_quote)));
}

// Holds the attempt in its frame: the submitter may be gone before it ends.
Task<SubmitOutcome> submit_once(std::shared_ptr<Shared> shared, ComposedCanary canary, Duration patience) {
  Attempt attempt(std::move(shared), std::move(canary), patience);
  auto outcome = co_await attempt.run();
  co_return outcome;
}

class SmtpSubmitter : public Submitter {
 public:
  SmtpSubmitter(EventLoop& loop, SubmitterOptions options)
      : shared_(std::make_shared<Shared>(Shared{loop, std::move(options.account), nullptr})) {
    const Account& account = shared_->account;
    shared_->pool =
        std::make_shared<SmtpPool>(loop, account.max_sessions, account.max_messages_per_session, options.idle_timeout);
  }
  ~SmtpSubmitter() override { shared_->pool->shut(); }

  Task<SubmitOutcome> submit(ComposedCanary canary, Duration patience) override {
    return submit_once(shared_, std::move(canary), patience);
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
