// A channel under test: the event loop, a server that answers as told, and the adapter by its kind.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "alerts/channel.h"
#include "alerts/pipeline.h"
#include "tests/alerts/http_server.h"
#include "tests/alerts/samples.h"
#include "tests/catch.h"

namespace mailcanary {

inline Task<void> deliver_into(ChannelAdapter* adapter, Notice notice, Delivery* result) {
  Delivery delivery = co_await adapter->deliver(std::move(notice));
  *result = std::move(delivery);
}

inline Task<void> repeat_into(ChannelAdapter* adapter, Standing standing, Delivery* result) {
  Delivery delivery = co_await adapter->repeat(std::move(standing));
  *result = std::move(delivery);
}

inline Notice sample_notice() {
  NoticePolicy policy;
  policy.notify.push_back({{}, {}, {ChannelName("hook")}, {}, {}});
  policy.page_url = "https://status.example";
  auto notices = notices_for(policy, {}, {IncidentChange::Kind::opened, sample_outage()}, at("2026-11-24T12:58:30Z"));
  notices.at(0).id = NoticeId("01JDF0Q8M0N0T1CE0000000001");
  return notices.at(0);
}

class ChannelBed {
 public:
  explicit ChannelBed(std::vector<std::string> answers, Clock& clock = real_clock())
      : loop(clock), http(loop), server(loop, std::move(answers)) {}

  void make(const std::string& kind, std::map<std::string, ChannelSetting> settings,
            Duration timeout = std::chrono::seconds(20)) {
    Channel channel;
    channel.name = ChannelName("hook");
    channel.kind = kind;
    channel.settings = std::move(settings);
    channel.timeout = timeout;
    auto made = make_channel({loop, http}, channel);
    REQUIRE(made);
    adapter = std::move(*made);
  }

  Delivery deliver(const Notice& notice) {
    Delivery delivery;
    loop.run_until_done(deliver_into(adapter.get(), notice, &delivery));
    return delivery;
  }

  Delivery repeat(const Standing& standing) {
    Delivery delivery;
    loop.run_until_done(repeat_into(adapter.get(), standing, &delivery));
    return delivery;
  }

  EventLoop loop;
  HttpClient http;
  TestHttpServer server;
  std::unique_ptr<ChannelAdapter> adapter;
};

inline ChannelSetting secret_setting(const std::string& value) { return {"", Secret(value)}; }

}  // namespace mailcanary
