#include "monitor/notice_mail.h"

#include <map>

#include "probes/submission.h"

namespace mailcanary {
namespace {

using Outcome = Delivery::Outcome;
using Verdict = SubmitOutcome::Verdict;

// Only a refusal of this very mail is final; a password may be mended while the notice waits.
Outcome outcome_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::accepted: return Outcome::delivered;
    case Verdict::rejected: return Outcome::bad_payload;
    case Verdict::deferred:
    case Verdict::unreachable:
    case Verdict::own_fault: return Outcome::retry_later;
  }
  return Outcome::retry_later;
}

class NoticeMail : public MailSender {
 public:
  NoticeMail(EventLoop& loop, const Config& config) : loop_(loop), config_(config) {}

  std::string address_of(const AccountName& name) const override {
    const Account* account = config_.account(name);
    return account != nullptr && account->smtp ? account->address : std::string();
  }

  Task<Delivery> send(AccountName name, OutgoingMail mail, Duration patience) override {
    auto& submitter = submitters_[name];
    if (!submitter) submitter = make_submitter(loop_, {*config_.account(name)});
    ComposedCanary composed{std::move(mail.from), std::move(mail.to), std::move(mail.id), std::move(mail.message)};
    SubmitOutcome outcome = co_await submitter->submit(std::move(composed), patience);
    Delivery delivery;
    delivery.outcome = outcome_of(outcome.verdict);
    delivery.detail = outcome.reason.empty() ? outcome.smtp_reply : outcome.reason;
    co_return delivery;
  }

 private:
  EventLoop& loop_;
  const Config& config_;
  std::map<AccountName, std::unique_ptr<Submitter>> submitters_;
};

}  // namespace

std::unique_ptr<MailSender> make_mail_sender(EventLoop& loop, const Config& config) {
  return std::make_unique<NoticeMail>(loop, config);
}

}  // namespace mailcanary
