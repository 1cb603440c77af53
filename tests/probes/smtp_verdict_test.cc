// What a refusal says, and of whom.
#include "probes/smtp_verdict.h"

#include "tests/catch.h"

using namespace mailcanary;

TEST_CASE("a refusal is the provider's unless it speaks of our credentials or of our sending limit") {
  const struct {
    const char* reply;
    Refusal says;
  } rows[] = {
      {"450 4.2.0 greylisted", Refusal::deferred},
      {"421 4.7.0 Try again later, closing connection.", Refusal::deferred},
      {"421 4.7.0 too many connections", Refusal::deferred},
      {"452 4.3.1 Insufficient system storage", Refusal::deferred},
      {"454 4.7.0 Too many login attempts, please try again later.", Refusal::deferred},
      {"432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending", Refusal::deferred},
      {"550 5.1.1 no such user", Refusal::rejected},
      {"554 5.7.1 blocked using zen.example", Refusal::rejected},
      {"550 5.4.5 the route is congested", Refusal::rejected},

      {"530 5.7.0 Authentication required", Refusal::credentials},
      {"534 5.7.9 Application-specific password required", Refusal::credentials},
      {"535 5.7.8 Username and Password not accepted", Refusal::credentials},
      {"538 5.7.11 Encryption required", Refusal::credentials},
      {"550 5.7.30 Basic authentication is not supported", Refusal::credentials},

      {"550 5.4.5 Daily user sending limit exceeded. For more information on Gmail", Refusal::sending_limit},
      {"550 5.4.5 Daily sending quota exceeded.", Refusal::sending_limit},
      {"550 5.4.5 Daily SMTP relay limit exceeded for customer.", Refusal::sending_limit},
      {"450 4.2.1 Peak SMTP relay limit exceeded for customer.", Refusal::sending_limit},
      {"550 5.4.5 <b@other.example>: Recipient address rejected: Domain Sending Quota Exceeded",
       Refusal::sending_limit},
      {"554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message",
       Refusal::sending_limit},
      {"554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException.MapiExceptionQuotaExceeded",
       Refusal::sending_limit},
      {"550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
       Refusal::sending_limit},
      {"550 5.1.90 Your message can\u2019t be sent because you\u2019ve reached your daily limit",
       Refusal::sending_limit},
      {"550 5.7.233 Your message can't be sent because your tenant exceeded its daily limit", Refusal::sending_limit},
      {"550 5.7.705 Access denied, tenant has exceeded threshold", Refusal::sending_limit},
      {"454 Throttling failure: Daily message quota exceeded.", Refusal::sending_limit},
      {"550 Domain shop.example has exceeded the max emails per hour (200/200 (100%)) allowed.",
       Refusal::sending_limit},

      // Limits of others.
      {"450 4.2.1 The user you are trying to contact is receiving mail too quickly.", Refusal::deferred},
      {"550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents", Refusal::rejected},
      {"550 5.2.121 The recipient's per hour message receive limit from this sender was exceeded", Refusal::rejected},
      {"452 4.2.2 The email account that you tried to reach is over quota", Refusal::deferred},
      {"552 5.2.2 mailbox full", Refusal::rejected},
      {"452 4.5.3 Too many recipients", Refusal::deferred},
      {"451 4.5.1 The recipient has exceeded their message rate limit. Try again later.", Refusal::deferred},
      {"550 5.7.1 Message rejected, daily limit of attachments", Refusal::rejected},
  };
  for (const auto& row : rows) {
    CAPTURE(row.reply);
    const auto reply = read_reply(row.reply);
    REQUIRE(reply);
    CHECK(static_cast<int>(refusal_of(*reply, RefusedAt::login)) == static_cast<int>(row.says));
    const bool of_logins = reply->text.starts_with("5.7.30");
    CHECK(static_cast<int>(refusal_of(*reply, RefusedAt::message)) == static_cast<int>(of_logins ? Refusal::rejected : row.says));
  }
}
