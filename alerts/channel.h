// A place where notices go. One method; retrying is the outbox's business, in one place.
// Threads: the loop's thread.
#pragma once
#include <memory>
#include <vector>

#include "alerts/notice.h"
#include "alerts/outbox.h"
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
};

struct ChannelTools {
  EventLoop& loop;
  HttpClient& http;
};
// By kind, from the table in channels/registry.cc; a kind without a row is an error (invalid_input).
Result<std::unique_ptr<ChannelAdapter>> make_channel(ChannelTools tools, const Channel& channel);

}  // namespace mailcanary
