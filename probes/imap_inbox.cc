// When to look at an IMAP mailbox, how to stay connected to it, and what to report. The looking itself is in
// imap_mailbox.cc and imap_reader.cc, the protocol in imap_session.cc.
#include <algorithm>

#include <fmt/format.h>

#include "core/crypto.h"
#include "core/log.h"
#include "core/text.h"
#include "probes/imap_connect.h"
#include "probes/imap_mailbox.h"
#include "probes/imap_pace.h"
#include "probes/inbox.h"
#include "probes/inbox_parting.h"
#include "probes/retry_pace.h"

namespace mailcanary {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration connect_patience = seconds(30);
// RFC 2177 demands less than 29 minutes; NAT and firewalls forget a silent connection earlier.
constexpr Duration longest_idle = minutes(10);
// A session that lived so long, and looked, was ended by time-outs, restarts, load balancers: that says nothing yet.
// One new attempt decides. Any other counts as a failure at once, or a server that hangs up would keep us busy.
constexpr Duration settled = seconds(30);
// A server that needs so long for a NOOP (Dovecot reads all of a large Maildir after each change) gets a rest as long.
constexpr Duration slow_answer = std::chrono::milliseconds(500);
// After a canary was found the next may be on its way soon: it is not worth entering and leaving IDLE in between.
constexpr Duration linger = seconds(5);
constexpr std::size_t max_fault = 400;

struct Fault {
  std::string text;
  bool own = false;
};

class ImapInbox final : public Inbox {
 public:
  ImapInbox(EventLoop& loop, InboxOptions options)
      : loop_(loop),
        account_(options.account),
        heartbeat_(options.heartbeat),
        pace_({options.quick_look, options.junk_look, options.heartbeat}),
        wake_(loop),
        parting_(loop),
        mailbox_(loop, std::move(options)) {}

  Task<InboxReport> next() override;
  void expect(Expected expected, Now now) override {
    pace_.expect(expected.arriving, now);
    pace_.expect_returns(expected.returning, now);
    // Mostly nothing is due sooner for it: each canary that was sent, or arrived, is told here.
    if (due(now.mono) < waits_until_) wake_.notify();
  }
  void look_now() override {
    full_due_ = std::min(full_due_, loop_.now().mono);
    wake_.notify();
  }
  Task<Result<void>> remove(std::vector<MessageRef> messages) override;
  Task<void> close() override;

 private:
  Task<bool> connect();  // false: the failure is noted
  Task<Result<void>> turn();
  MonoTime due(MonoTime now) const;
  Task<Result<void>> wait_polling();
  Task<Result<void>> wait_idling();
  Task<void> say_goodbye();
  void lose_session(const Error& error);
  void note_failure(Fault fault, Duration pause);
  InboxReport report();
  InboxReport failed_report() const;
  MonoTime looked_at() const { return mailbox_.inbox_looked().value_or(Now{}).mono; }
  MonoTime junk_looked_at() const { return mailbox_.junk_looked().value_or(Now{}).mono; }

  EventLoop& loop_;
  const Account account_;
  const Duration heartbeat_;
  LookPace pace_;
  RetryPace retry_;
  Wakeup wake_;
  InboxParting parting_;
  ImapMailbox mailbox_;
  FolderReader::News news_;
  bool has_news_ = false;   // the server announced messages we have not read
  bool can_idle_ = false;
  bool idle_unanswered_ = false;  // once, so from then on the server is asked
  bool looked_since_connected_ = false;
  bool tell_ = false;       // a look at both folders ended: report it, whatever it found
  MonoTime connected_at_{}, full_due_{}, linger_until_{}, rested_at_{};
  MonoTime waits_until_ = MonoTime::min();  // of the wait under way
  std::optional<MonoTime> retry_at_;
  Fault fault_;             // of the last failure to look
};

void ImapInbox::note_failure(Fault fault, Duration pause) {
  fault_ = Fault{cut(one_line(fault.text), max_fault), fault.own};
  retry_at_ = loop_.now().mono + pause;
  log_warning("mailbox cannot be looked at account={} reason=\"{}\" own_fault={} again_in_ms={}", account_.name.str(),
              fault_.text, fault_.own, std::chrono::duration_cast<std::chrono::milliseconds>(pause).count());
}

Task<bool> ImapInbox::connect() {
  Account account = account_;
  auto opened = co_await open_imap_session(loop_, std::move(account), connect_patience);
  if (!opened.session) {
    using Whose = ImapOpened::Fault::Whose;
    const Whose whose = opened.fault.whose;
    const Duration pause =
        whose == Whose::credentials ? retry_.after_refused_login(random_share()) : retry_.after_failure(random_share());
    note_failure({std::move(opened.fault.text), whose != Whose::server}, pause);
    co_return false;
  }
  mailbox_.attach(std::move(opened.session));
  can_idle_ = mailbox_.session()->can("IDLE") && !idle_unanswered_;
  has_news_ = false;
  connected_at_ = loop_.now().mono;
  full_due_ = connected_at_;
  looked_since_connected_ = false;
  log_info("mailbox connected account={} peer={} idle={}", account_.name.str(), opened.peer, can_idle_);
  co_return true;
}

void ImapInbox::lose_session(const Error& error) {
  mailbox_.detach();
  has_news_ = false;
  // It could be looked at; only waiting for its word is of no use.
  const bool idle_failed = can_idle_ && idle_unanswered_;
  const bool was_settled =
      idle_failed || (looked_since_connected_ && loop_.now().mono - connected_at_ >= settled);
  if (was_settled) retry_.succeeded();
  std::string text = fmt::format("look at {} on {}: {}", account_.address, account_.inbox->host, error.message);
  if (!was_settled) return note_failure({std::move(text), false}, retry_.after_failure(random_share()));
  retry_at_.reset();
  log_info("mailbox session ended account={} reason=\"{}\"", account_.name.str(), cut(one_line(text), max_fault));
}

// Looks at what is due, then waits until something is.
Task<Result<void>> ImapInbox::turn() {
  const Now began = loop_.now();
  if (!mailbox_.inbox_selected() || mailbox_.inbox_backlog()) {
    auto looked = co_await mailbox_.look_inbox({});
    if (!looked) co_return looked;
  }
  if (auto growth = mailbox_.session()->take_growth(); growth && !has_news_) {
    news_ = {growth, ArrivalEvidence::Word::answer};
    has_news_ = true;
  }
  if (has_news_) {
    has_news_ = false;
    auto looked = co_await mailbox_.look_inbox(news_);
    if (!looked) co_return looked;
  }
  const bool full = began.mono >= full_due_;
  if (full && (!mailbox_.inbox_looked() || mailbox_.inbox_looked()->mono < began.mono)) {
    auto looked = co_await mailbox_.look_inbox({});
    if (!looked) co_return looked;
  }
  const MonoTime junk_due = pace_.junk_due(junk_looked_at(), began.mono);
  if (full || mailbox_.junk_backlog() || began.mono >= junk_due) {
    auto looked = co_await mailbox_.look_junk();
    if (!looked) co_return looked;
  }
  if (full) {
    full_due_ = began.mono + heartbeat_;
    looked_since_connected_ = true;
    tell_ = true;
  }
  if (tell_ || mailbox_.has_found() || mailbox_.inbox_backlog() || mailbox_.junk_backlog()) co_return Result<void>{};

  Result<void> waited;
  const MonoTime now = loop_.now().mono;
  if (can_idle_ && !pace_.quick(now) && now >= linger_until_) {
    waited = co_await wait_idling();
  } else {
    waited = co_await wait_polling();
  }
  waits_until_ = MonoTime::min();
  co_return waited;
}

// When something is to be done in the selected folder, or in the Junk folder, if the server does not push.
MonoTime ImapInbox::due(MonoTime now) const {
  const MonoTime folders = std::min(full_due_, pace_.junk_due(junk_looked_at(), now));
  const bool told_by_itself = mailbox_.session() && mailbox_.session()->idling() && !pace_.quick(now);
  return told_by_itself ? folders : std::min(folders, std::max(pace_.look_due(looked_at(), now), rested_at_));
}

// A NOOP when its time has come. Servers that push late answer a NOOP at once (Dovecot: half a second). A FETCH in the same
// write would find nothing: Dovecot looks for new messages when no more commands wait.
Task<Result<void>> ImapInbox::wait_polling() {
  ImapSession& session = *mailbox_.session();
  const MonoTime now = loop_.now().mono;
  MonoTime until = due(now);
  if (can_idle_ && !pace_.quick(now)) until = std::min(until, linger_until_);
  if (until > now) {
    waits_until_ = until;
    const auto ready = co_await session.wait(until - now, &wake_);
    if (!ready) co_return ready.error();
    if (*ready == LineSession::Ready::input) {
      if (const auto growth = session.take_growth()) {
        news_ = {growth, ArrivalEvidence::Word::push};
        has_news_ = true;
      }
      co_return Result<void>{};
    }
    if (*ready == LineSession::Ready::woken) co_return Result<void>{};
  }
  const Now began = loop_.now();
  if (began.mono < std::max(pace_.look_due(looked_at(), began.mono), rested_at_)) co_return Result<void>{};
  auto looked = co_await session.noop();
  if (!looked) co_return looked;
  const MonoTime answered = loop_.now().mono;
  if (answered - began.mono > slow_answer) rested_at_ = answered + (answered - began.mono);
  if (const auto growth = session.take_growth()) {
    news_ = {growth, ArrivalEvidence::Word::answer};
    has_news_ = true;
  } else {
    mailbox_.inbox_was_empty_at(began);
  }
  co_return looked;
}

Task<Result<void>> ImapInbox::wait_idling() {
  ImapSession& session = *mailbox_.session();
  auto started = co_await session.start_idle();
  if (!started && started.error().kind == ErrorKind::refused) {
    can_idle_ = false;
    co_return Result<void>{};
  }
  if (!started && started.error().kind == ErrorKind::timed_out) idle_unanswered_ = true;
  if (!started) co_return started;
  const MonoTime began = loop_.now().mono;
  std::optional<ImapSession::Growth> growth = session.take_growth();
  while (!growth && session.idling() && !parting_.closing()) {
    const MonoTime now = loop_.now().mono;
    waits_until_ = std::min(due(now), began + longest_idle);  // expect() and look_now() make looks due earlier
    if (now >= waits_until_) break;
    const auto ready = co_await session.wait(waits_until_ - now, &wake_);
    if (!ready) co_return ready.error();
    growth = session.take_growth();
  }
  auto stopped = co_await session.stop_idle();
  if (!stopped) co_return stopped;
  if (!growth) growth = session.take_growth();
  if (growth) {
    // What is told at the start of IDLE may have come before it.
    const bool pushed = growth->at.mono - began >= push_resolution;
    news_ = {growth, pushed ? ArrivalEvidence::Word::push : ArrivalEvidence::Word::answer};
    has_news_ = true;
  }
  co_return stopped;
}

InboxReport ImapInbox::failed_report() const {
  InboxReport report;
  report.fault = fault_.text;
  report.own_fault = fault_.own;
  return report;
}

InboxReport ImapInbox::report() {
  InboxReport report;
  report.sightings = mailbox_.take_found();
  report.traffic = mailbox_.take_traffic();
  report.cursors = mailbox_.cursors();
  for (const Sighting& sighting : report.sightings) {
    if (sighting.kind == Sighting::Kind::canary) pace_.seen(sighting.id);
  }
  if (!report.sightings.empty()) linger_until_ = loop_.now().mono + linger;
  report.looked_at = mailbox_.complete_until();
  if (!mailbox_.session()) {
    report.looked_at.reset();
    report.fault = fault_.text;
    report.own_fault = fault_.own;
  } else if (!mailbox_.junk_fault().empty()) {
    report.looked_at.reset();
    report.fault = cut(one_line(fmt::format("{} on {}", mailbox_.junk_fault(), account_.inbox->host)), max_fault);
  } else if (!report.looked_at) {
    report.fault = fmt::format("look at {} on {}: still reading the messages that came before", account_.address,
                               account_.inbox->host);
    report.own_fault = true;
  }
  tell_ = false;
  return report;
}

Task<InboxReport> ImapInbox::next() {
  const auto running = parting_.begin_next();
  const MonoTime heartbeat_at = loop_.now().mono + heartbeat_;
  while (!parting_.closing()) {
    const MonoTime now = loop_.now().mono;
    if (!mailbox_.session() && retry_at_ && now < *retry_at_) {
      if (now >= heartbeat_at) co_return failed_report();
      co_await wake_.wait_for(std::min(*retry_at_, heartbeat_at) - now);
      continue;
    }
    if (!mailbox_.session()) {
      const bool connected = co_await connect();
      if (!connected) co_return failed_report();
    }
    const auto done = co_await turn();
    if (!done) lose_session(done.error());
    if (mailbox_.has_found() || tell_) co_return report();
    if (!done && retry_at_) co_return failed_report();
    if (done && (mailbox_.inbox_backlog() || mailbox_.junk_backlog())) co_return report();
  }
  co_await say_goodbye();
  auto nothing = co_await parting_.rest();
  co_return nothing;
}

Task<Result<void>> ImapInbox::remove(std::vector<MessageRef> messages) {
  if (account_.bounces) {
    co_return Error{ErrorKind::refused, fmt::format("delete from {}: the account is only read", account_.address)};
  }
  mailbox_.want_removed(messages);
  if (!mailbox_.session()) {
    co_return Error{ErrorKind::unreachable, fmt::format("delete from {}: not connected", account_.address)};
  }
  auto removed = co_await mailbox_.remove_wanted();
  if (removed) co_return removed;
  if (removed.error().kind != ErrorKind::refused) lose_session(removed.error());
  co_return Error{removed.error().kind, fmt::format("delete from {}: {}", account_.address, removed.error().message)};
}

Task<void> ImapInbox::say_goodbye() {
  if (!mailbox_.session()) co_return;
  co_await mailbox_.session()->logout();
  mailbox_.detach();
}

Task<void> ImapInbox::close() {
  parting_.start();
  wake_.notify();
  const bool next_says_goodbye = parting_.next_is_running();
  co_await parting_.next_has_ended();
  if (!next_says_goodbye) co_await say_goodbye();
}

}  // namespace

std::unique_ptr<Inbox> make_imap_inbox(EventLoop& loop, InboxOptions options) {
  return std::make_unique<ImapInbox>(loop, std::move(options));
}

}  // namespace mailcanary
