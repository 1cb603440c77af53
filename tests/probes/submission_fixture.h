// What the tests of submission share: dialogues, an account, a canary.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "probes/submission.h"
#include "tests/probes/scripted_server.h"

namespace mailcanary {

// libcurl greets first; then we ask again for the extensions.
inline const std::string hello = R"(
  S: 220 ready
  C: EHLO *
  S: 250 fake
  C: EHLO *
  S: 250 fake
)";
inline const std::string hello_pipelining = R"(
  S: 220 ready
  C: EHLO *
  S: 250 fake
  C: EHLO *
  S: 250-fake
  S: 250-PIPELINING
  S: 250-DSN
  S: 250 SIZE 1000000
)";
inline const std::string pipelined_commands = R"(
  C: MAIL FROM:<a@shop.example> SIZE=* RET=HDRS ENVID=TOKEN.mac
  C: RCPT TO:<b@other.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;b@other.example
  C: DATA
)";
inline const std::string pipelined_success = pipelined_commands + R"(
  S: 250 sender ok
  S: 250 recipient ok
  S: 354 go on
  data
  S: 250 2.0.0 queued as 4711
)";
inline const std::string quit = R"(
  C: QUIT
  S: 221 bye
)";

inline Account account_at(int port) {
  Account account;
  account.name = AccountName("shop");
  account.address = "a@shop.example";
  account.smtp = Endpoint{Protocol::smtp, Transport::plain, "127.0.0.1", port, {}};
  return account;
}

inline ComposedCanary some_canary() {
  return {"a@shop.example", "b@other.example", "TOKEN.mac", "Subject: x\r\n\r\nhello\r\n.dot\r\n"};
}

// Submits `count` canaries one after the other and keeps what became of them.
inline Task<void> submit_some(Submitter& submitter, int count, Duration patience,
                              std::vector<SubmitOutcome>& outcomes) {
  for (int i = 0; i < count; ++i) {
    ComposedCanary canary = some_canary();
    auto outcome = co_await submitter.submit(std::move(canary), patience);
    outcomes.push_back(std::move(outcome));
  }
}

inline Task<void> submit_and_close(Submitter& submitter, int count, Duration patience,
                                   std::vector<SubmitOutcome>& outcomes) {
  co_await submit_some(submitter, count, patience, outcomes);
  co_await submitter.close();
}

inline std::vector<SubmitOutcome> submit(Account account, int count = 1, Duration patience = std::chrono::seconds(20)) {
  EventLoop loop;
  std::vector<SubmitOutcome> outcomes;
  SubmitterOptions options{std::move(account)};
  const auto submitter = make_smtp_submitter(loop, std::move(options));
  loop.run_until_done(submit_and_close(*submitter, count, patience, outcomes));
  return outcomes;
}

}  // namespace mailcanary
