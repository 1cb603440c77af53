// How long an account leaves its provider alone after a refusal that is our own matter: servers lock accounts out that
// log in with a wrong password again and again, and one that has reached its sending limit makes it worse by trying.
// Does not: wait. Whoever wants to send asks, and is told why not.
// Pure logic; one thread.
#pragma once
#include <optional>
#include <string>

#include "core/clock.h"
#include "probes/retry_pace.h"
#include "probes/smtp_verdict.h"

namespace mailcanary {

class SendingPause {
 public:
  // After refused credentials the pauses grow from a quarter of a minute to five minutes, after a sending limit each is
  // an hour. Other refusals are the provider's, and pause nothing. `reason` is safe one-line text; `chance` is random
  // in [0, 1). Gives the length of the pause, zero for none.
  Duration refused(Refusal refusal, std::string reason, Now now, double chance);
  // The credentials were believed: should they be refused again, pauses are short once more.
  void logged_in() { retry_.succeeded(); }

  // Why nothing is sent now, and when the next try may be: safe one-line text.
  std::optional<std::string> reason(Now now) const;

 private:
  RetryPace retry_;
  std::string reason_;
  std::optional<Now> until_;
};

}  // namespace mailcanary
