// What /metrics says, as numbers, and the text that Prometheus reads (exposition format 0.0.4).
// Does not: collect the numbers. Series are named by route, account, fate, never by message or address.
// Pure but for read_process_metrics; any thread.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "alerts/notice.h"
#include "alerts/status_view.h"
#include "config/config.h"
#include "core/clock.h"
#include "core/ids.h"
#include "probes/canary.h"

namespace mailcanary {

// Round trips counted in fixed buckets; only ever grows.
struct RoundTripBuckets {
  // Upper bounds in seconds; the last count is of everything slower.
  static constexpr std::array<double, 12> bounds = {0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600};
  std::array<std::uint64_t, bounds.size() + 1> counts{};
  double sum_seconds = 0;

  void add(Duration round_trip);
};

struct RouteMetrics {
  RouteName name;
  AccountName from, to;
  std::string from_provider, to_provider;
  RouteState state = RouteState::unknown;
  std::map<Fate, std::int64_t> by_fate;  // since the process began; a fate left out counts 0
  std::optional<Duration> last_round_trip;
  std::optional<WallTime> last_delivered_at;
  RoundTripBuckets round_trips;
};

struct ReaderMetrics {
  AccountName account;
  enum class State { up, down } state = State::up;
  std::optional<Duration> lag;  // since the last completed look
};

// Real traffic of one mailbox of bounces, since the process began.
struct TrafficMetrics {
  AccountName account;
  std::map<std::tuple<std::string, std::string, bool>, std::int64_t> bounces;  // by domain, reason, hard
  std::int64_t sent = 0;
};

struct ChannelMetrics {
  ChannelName name;
  std::int64_t queued = 0;
  Duration oldest{};  // age of the oldest notice that waits; zero: none does
  std::map<NoticeState, std::int64_t> ended;  // since the process began; a state left out counts 0
};

struct StageMetrics {
  ProviderName provider;  // who did it: the sender's up to submit, the receiver's from then on
  Stage stage = Stage::resolve;
  RoundTripBuckets times;
};

struct RuleMetrics {
  std::string rule, subject;  // a route, or what the rule looks at as one
  int state = 0;              // 0 quiet, 1 met and holding, 2 firing
};

// The process itself; absent: the system does not say.
struct ProcessMetrics {
  std::optional<double> cpu_seconds, resident_bytes, open_files, most_files;
};
ProcessMetrics read_process_metrics();

struct MetricsView {
  std::vector<RouteMetrics> routes;
  std::vector<StageMetrics> stages;
  std::vector<RuleMetrics> rules;
  std::vector<ReaderMetrics> readers;
  std::vector<TrafficMetrics> traffic;
  std::map<Impact, int> incidents_open;  // an impact left out counts 0
  std::vector<ChannelMetrics> channels;
  ProcessMetrics process;
  enum class Ledger { up, down } ledger = Ledger::up;
  std::optional<WallTime> last_turn;
  std::string version, vantage;
};

constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";
std::string render_metrics(const MetricsView& view);

}  // namespace mailcanary
