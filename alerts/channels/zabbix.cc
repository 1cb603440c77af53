// Values for trapper items of Zabbix, by its sender protocol:
// https://www.zabbix.com/documentation/current/en/manual/appendix/protocols/zabbix_sender.
// "ZBXD", a byte of flags, two lengths of 32 bits (little end first), JSON; the answer likewise. Nothing is encrypted:
// use a proxy of Zabbix on this machine where the network is not trusted.
#include <cstdint>
#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/kinds.h"
#include "alerts/channels/service_state.h"
#include "alerts/incident_object.h"
#include "config/endpoint.h"
#include "core/line_session.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;
using Outcome = Delivery::Outcome;

constexpr std::string_view mark = "ZBXD\x01";
constexpr std::size_t header_size = 13;
constexpr std::size_t longest_answer = 64 * 1024;
constexpr int usual_port = 10051;

std::string framed(const std::string& json) {
  std::string frame(mark);
  for (const std::uint32_t length : {static_cast<std::uint32_t>(json.size()), 0u})
    for (int byte = 0; byte < 4; ++byte) frame += static_cast<char>(length >> (8 * byte) & 0xff);
  return frame + json;
}

// The length of the JSON behind this header; nothing when it is none, or too long to be an answer.
std::optional<std::size_t> length_in(const std::string& header) {
  if (!header.starts_with(mark)) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t byte = 0; byte < 4; ++byte)
    length |= static_cast<std::size_t>(static_cast<unsigned char>(header[mark.size() + byte])) << (8 * byte);
  return length <= longest_answer ? std::optional(length) : std::nullopt;
}

// "processed: 1; failed: 0; total: 1; seconds spent: 0.06"; -1 when it is not there.
long count_in(const std::string& info, const std::string& name) {
  const auto at = info.find(name + ": ");
  return at == std::string::npos ? -1 : std::strtol(info.c_str() + at + name.size() + 2, nullptr, 10);
}

// "success" only says that the request was understood.
Delivery judge(const std::string& json) {
  Delivery delivery;
  delivery.outcome = Outcome::delivered;
  delivery.detail = "answered";
  const auto answer = nlohmann::json::parse(json, nullptr, false);
  const auto text = [&](const char* name) {
    return answer.is_object() && answer.contains(name) && answer[name].is_string() ? answer[name].get<std::string>() : "";
  };
  if (text("response") != "success") return failed_inside(delivery, Outcome::retry_later, text("response"));
  const long failed = count_in(text("info"), "failed");
  if (failed < 0) return failed_inside(delivery, Outcome::retry_later, "");
  // The host or an item is not there, is no trapper, or does not allow our address: somebody may be setting it up.
  if (failed > 0) return failed_inside(delivery, Outcome::retry_later, fmt::format("failed-{}", failed));
  delivery.detail = "processed";
  return delivery;
}

class ZabbixChannel : public ChannelAdapter {
 public:
  struct Target {
    std::string url, host, key, text_key;
  };
  ZabbixChannel(ChannelTools tools, Target target, Duration timeout)
      : tools_(tools), target_(std::move(target)), timeout_(timeout) {}

  Task<Delivery> deliver(Notice notice) override { return send(values(service_state(notice))); }
  Duration repeat_every() const override { return std::chrono::minutes(1); }
  Task<Delivery> repeat(Standing standing) override { return send(values(service_state(standing))); }

 private:
  std::string values(const ServiceState& state) const {
    ordered_json data = ordered_json::array();
    data.push_back({{"host", target_.host}, {"key", target_.key}, {"value", std::to_string(state.number())}});
    if (!target_.text_key.empty()) {
      const std::string text = state.more.empty() ? state.line : state.line + "\n" + state.more;
      data.push_back({{"host", target_.host}, {"key", target_.text_key}, {"value", text}});
    }
    return json_text({{"request", "sender data"}, {"data", std::move(data)}}, JsonStyle::compact);
  }

  Task<Delivery> send(std::string json) {
    Delivery later;
    const MonoTime deadline = tools_.loop.now().mono + timeout_;
    LineEndpoint endpoint;
    endpoint.url = target_.url;
    endpoint.require_tls = false;
    auto opened = co_await LineSession::open(tools_.loop, std::move(endpoint), deadline);
    if (!opened.session) {
      later.detail = opened.failure ? opened.failure->message : "no connection";
      co_return later;
    }
    auto written = co_await opened.session->write(framed(json), deadline);
    if (!written) {
      later.detail = written.error().message;
      co_return later;
    }
    auto header = co_await opened.session->read_exactly(header_size, deadline);
    if (!header) {
      later.detail = header.error().message;
      co_return later;
    }
    const auto length = length_in(*header);
    if (!length) {
      later.detail = "the answer is none of Zabbix";
      co_return later;
    }
    auto answer = co_await opened.session->read_exactly(*length, deadline);
    if (!answer) {
      later.detail = answer.error().message;
      co_return later;
    }
    co_return judge(*answer);
  }

  ChannelTools tools_;
  Target target_;
  Duration timeout_;
};

}  // namespace

MadeChannel make_zabbix_channel(ChannelTools tools, const Channel& channel) {
  for (const char* needed : {"server", "host", "key"})
    if (setting(channel, needed).empty()) return bad_setting(channel, fmt::format("{} is missing", needed));
  const auto server = parse_host_port(setting(channel, "server").reveal(), usual_port);
  if (!server) return bad_setting(channel, "server: " + server.error().message);
  const bool v6 = server->host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + server->host + "]" : server->host;
  ZabbixChannel::Target target{fmt::format("tcp://{}:{}", host, server->port),
                               setting(channel, "host").reveal(), setting(channel, "key").reveal(),
                               setting(channel, "text_key").reveal()};
  return std::unique_ptr<ChannelAdapter>(std::make_unique<ZabbixChannel>(tools, std::move(target), channel.timeout));
}

}  // namespace mailcanary
