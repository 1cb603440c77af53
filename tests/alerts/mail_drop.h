// Takes the mails of a channel under test and answers as told.
#pragma once
#include <vector>

#include "alerts/channel.h"

namespace mailcanary {

class MailDrop : public MailSender {
 public:
  std::string address_of(const AccountName& account) const override {
    return account == AccountName("mute") ? "" : "canary@other.example";
  }
  Task<Delivery> send(AccountName, OutgoingMail mail, Duration) override {
    mails.push_back(std::move(mail));
    co_return answer;
  }

  std::vector<OutgoingMail> mails;
  Delivery answer;
};

}  // namespace mailcanary
