// When to visit a POP3 mailbox, and what to report. The visits themselves are in pop3_mailbox.cc.
#include <algorithm>

#include <fmt/format.h>

#include "core/crypto.h"
#include "core/log.h"
#include "core/text.h"
#include "probes/imap_pace.h"
#include "probes/inbox.h"
#include "probes/inbox_parting.h"
#include "probes/pop3_mailbox.h"
#include "probes/retry_pace.h"

namespace mailcanary {
namespace {

using std::chrono::seconds;

// Each look is a login; servers that count them would shut us out.
constexpr Duration quickest = seconds(1);

class Pop3Inbox final : public Inbox {
 public:
  Pop3Inbox(EventLoop& loop, InboxOptions options)
      : loop_(loop),
        account_(options.account),
        heartbeat_(options.heartbeat),
        pace_({std::max(options.quick_look, quickest), options.junk_look, options.heartbeat, LookPace::Cost::a_login}),
        wake_(loop),
        parting_(loop),
        mailbox_(loop, std::move(options)) {}

  Task<InboxReport> next() override;
  void expect(Expected expected, Now now) override {
    pace_.expect(expected.arriving, now);
    pace_.expect_returns(expected.returning, now);
    wake_.notify();
  }
  void look_now() override {
    asked_ = true;
    wake_.notify();
  }
  Task<Result<void>> remove(std::vector<MessageRef> messages) override;
  Task<void> close() override;

 private:
  Task<bool> visit();  // false: the fault is noted
  MonoTime wanted(MonoTime now) const;
  MonoTime due(MonoTime now) const;
  InboxReport report();
  InboxReport failed_report() const;

  EventLoop& loop_;
  const Account account_;
  const Duration heartbeat_;
  LookPace pace_;
  RetryPace retry_;
  Wakeup wake_;
  InboxParting parting_;
  Pop3Mailbox mailbox_;
  bool asked_ = true;  // for a look, and a report of it
  bool visiting_ = false;
  MonoTime reported_at_{};
  std::optional<MonoTime> retry_at_;
  Pop3Mailbox::Fault fault_;
};

Task<bool> Pop3Inbox::visit() {
  visiting_ = true;
  auto fault = co_await mailbox_.visit();
  visiting_ = false;
  wake_.notify();  // next() may wait for the end of a removal
  if (!fault) {
    pace_.looked(mailbox_.has_found() ? LookPace::Found::something : LookPace::Found::nothing);
    retry_.succeeded();
    retry_at_.reset();
    co_return true;
  }
  fault_ = std::move(*fault);
  const bool credentials = fault_.whose == Pop3Mailbox::Fault::Whose::credentials;
  const Duration pause = credentials ? retry_.after_refused_login(random_share()) : retry_.after_failure(random_share());
  retry_at_ = loop_.now().mono + pause;
  asked_ = true;
  log_warning("mailbox cannot be looked at account={} reason=\"{}\" again_in_ms={}", account_.name.str(), fault_.text,
              std::chrono::duration_cast<std::chrono::milliseconds>(pause).count());
  co_return false;
}

MonoTime Pop3Inbox::wanted(MonoTime now) const {
  if (mailbox_.backlog() || !mailbox_.looked()) return now;
  const MonoTime last = mailbox_.looked()->mono;
  const MonoTime regular = std::min(pace_.look_due(last, now), reported_at_ + heartbeat_);
  return asked_ ? std::min(pace_.asked_look_due(last, now), regular) : regular;
}

MonoTime Pop3Inbox::due(MonoTime now) const {
  if (retry_at_) return std::max(*retry_at_, mailbox_.login_allowed_at());
  return std::max(wanted(now), mailbox_.login_allowed_at());
}

InboxReport Pop3Inbox::failed_report() const {
  InboxReport report;
  report.fault = fault_.text;
  report.own_fault = fault_.whose != Pop3Mailbox::Fault::Whose::server;
  return report;
}

InboxReport Pop3Inbox::report() {
  InboxReport report;
  if (retry_at_) report = failed_report();
  report.sightings = mailbox_.take_found();
  report.traffic = mailbox_.take_traffic();
  for (const Sighting& sighting : report.sightings) {
    if (sighting.kind == Sighting::Kind::canary) pace_.seen(sighting.id);
  }
  if (const auto cursor = mailbox_.cursor()) report.cursors.push_back(*cursor);
  if (retry_at_) return report;
  if (mailbox_.backlog()) {
    report.fault = fmt::format("look at {} on {}: still reading the messages that came before", account_.address,
                               account_.inbox->host);
    report.own_fault = true;
  } else if (mailbox_.looked()) {
    report.looked_at = mailbox_.looked()->wall;
  }
  reported_at_ = loop_.now().mono;
  return report;
}

Task<InboxReport> Pop3Inbox::next() {
  const auto running = parting_.begin_next();
  const MonoTime heartbeat_at = loop_.now().mono + heartbeat_;
  while (!parting_.closing()) {
    if (mailbox_.has_found()) co_return report();
    const MonoTime now = loop_.now().mono;
    if (const MonoTime at = due(now); now < at) {
      if (retry_at_ && now >= heartbeat_at) co_return failed_report();
      co_await wake_.wait_for(std::min(at, std::max(heartbeat_at, now + seconds(1))) - now);
      continue;
    }
    if (visiting_) {  // a removal: what it finds is found for both
      co_await wake_.wait_for(heartbeat_);
      continue;
    }
    const bool asked = std::exchange(asked_, false);  // here, since a removal tells nobody what it saw
    const bool visited = co_await visit();
    if (parting_.closing()) break;
    const bool tell = asked || loop_.now().mono >= reported_at_ + heartbeat_;
    if (!visited && !mailbox_.has_found()) co_return failed_report();
    if (tell || mailbox_.backlog() || mailbox_.has_found()) co_return report();
  }
  auto nothing = co_await parting_.rest();
  co_return nothing;
}

Task<Result<void>> Pop3Inbox::remove(std::vector<MessageRef> messages) {
  if (account_.bounces) {
    co_return Error{ErrorKind::refused, fmt::format("delete from {}: the account is only read", account_.address)};
  }
  mailbox_.want_removed(messages);
  const MonoTime now = loop_.now().mono;
  const bool may_log_in = !visiting_ && now >= mailbox_.login_allowed_at() && now >= retry_at_.value_or(now);
  const bool needed = mailbox_.still_wanted(messages);
  // Else the next look does it.
  if (needed && may_log_in) co_await visit();
  if (!mailbox_.still_wanted(messages)) co_return Result<void>{};
  const std::string why = !may_log_in ? "not before the next look" : retry_at_ ? fault_.text : "the server keeps them";
  co_return Error{ErrorKind::busy, fmt::format("delete from {}: {}", account_.address, why)};
}

Task<void> Pop3Inbox::close() {
  parting_.start();
  wake_.notify();
  co_await parting_.next_has_ended();
}

}  // namespace

std::unique_ptr<Inbox> make_pop3_inbox(EventLoop& loop, InboxOptions options) {
  return std::make_unique<Pop3Inbox>(loop, std::move(options));
}

}  // namespace mailcanary
