// A place where notices go. One method; retrying is the outbox's business, in one place.
// Threads: the loop's thread.
#pragma once
#include <memory>
#include <vector>

#include "alerts/notice.h"
#include "alerts/outbox.h"
#include "alerts/standing.h"
#include "config/config.h"
#include "core/event_loop.h"
#include "core/http_client.h"

namespace mailcanary {

class ChannelAdapter {
 public:
  virtual ~ChannelAdapter() = default;
  // One attempt. `notice.id` is the idempotency key and stays the same on every attempt; `notice.remote_ref` is what
  // this channel answered to an earlier notice of the same incident, empty when there was none.
  virtual Task<Delivery> deliver(Notice notice) = 0;
  // How often its service must hear how things stand; zero: it remembers, and repeat() is never called.
  virtual Duration repeat_every() const { return {}; }
  virtual Task<Delivery> repeat(Standing) { co_return Delivery{}; }
};

// A mail as it is handed over; lines end in CRLF.
struct OutgoingMail {
  std::string id, from, to, message;
};
// Sends mail from an account of the configuration. Owned here, made in monitor/, since alerts/ speaks no mail protocol.
class MailSender {
 public:
  virtual ~MailSender() = default;
  virtual std::string address_of(const AccountName& account) const = 0;  // empty: it cannot send
  virtual Task<Delivery> send(AccountName account, OutgoingMail mail, Duration patience) = 0;
};

struct ChannelTools {
  EventLoop& loop;
  HttpClient& http;
  MailSender* mail = nullptr;
};
// By kind, from the table in channels/registry.cc; a kind without a row is an error (invalid_input).
Result<std::unique_ptr<ChannelAdapter>> make_channel(ChannelTools tools, const Channel& channel);

}  // namespace mailcanary
