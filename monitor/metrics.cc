#include "monitor/metrics.h"

#include <algorithm>
#include <limits>

#include <prometheus/text_serializer.h>

namespace mailcanary {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

constexpr std::array settled_fates = {Fate::delivered, Fate::late,        Fate::junked, Fate::bounced, Fate::rejected,
                                      Fate::deferred,  Fate::unreachable, Fate::lost,   Fate::unknown};
constexpr std::array all_states = {RouteState::ok, RouteState::degraded, RouteState::down, RouteState::unknown};
constexpr std::array ended_states = {NoticeState::delivered, NoticeState::failed, NoticeState::collapsed};
constexpr std::array open_impacts = {Impact::minor, Impact::major, Impact::critical};

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }
double unix_seconds(WallTime time) { return seconds(time.time_since_epoch()); }

// A family under construction. One without samples is left out of the text.
class Family {
 public:
  Family(MetricType type, const char* name, const char* help) {
    family_.type = type;
    family_.name = name;
    family_.help = help;
  }
  void add(Labels labels, double value) {
    ClientMetric metric;
    metric.label = std::move(labels);
    (family_.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    family_.metric.push_back(std::move(metric));
  }
  void add(Labels labels, const RoundTripBuckets& buckets) {
    ClientMetric metric;
    metric.label = std::move(labels);
    auto& histogram = metric.histogram;
    histogram.sample_sum = buckets.sum_seconds;
    for (std::size_t i = 0; i < buckets.counts.size(); ++i) {
      histogram.sample_count += buckets.counts[i];
      const double bound = i < buckets.bounds.size() ? buckets.bounds[i] : std::numeric_limits<double>::infinity();
      histogram.bucket.push_back({histogram.sample_count, bound});
    }
    family_.metric.push_back(std::move(metric));
  }
  void move_to(std::vector<MetricFamily>& families) {
    if (!family_.metric.empty()) families.push_back(std::move(family_));
  }

 private:
  MetricFamily family_;
};

template <class Key, class Count>
double count_of(const std::map<Key, Count>& counts, Key key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : static_cast<double>(found->second);
}

void add_routes(const MetricsView& view, std::vector<MetricFamily>& families) {
  Family canaries(MetricType::Counter, "mailcanary_canaries_total", "Settled canaries by what became of them.");
  Family pending(MetricType::Gauge, "mailcanary_canaries_pending", "Canaries whose fate is not known yet.");
  Family round_trips(MetricType::Histogram, "mailcanary_round_trip_seconds",
                     "Time from the start of submission to arrival in the mailbox.");
  Family last_round_trip(MetricType::Gauge, "mailcanary_last_round_trip_seconds",
                         "Round trip of the newest canary that arrived.");
  Family last_delivered(MetricType::Gauge, "mailcanary_last_delivered_timestamp_seconds",
                        "Unix time of the last delivery in time.");
  Family states(MetricType::Gauge, "mailcanary_route_state", "1 for the state the route is in, 0 for the others.");
  Family info(MetricType::Gauge, "mailcanary_route_info", "From where to where the route goes; always 1.");
  for (const RouteMetrics& route : view.routes) {
    const ClientMetric::Label name{"route", route.name.str()};
    for (const Fate fate : settled_fates) canaries.add({name, {"fate", name_of(fate)}}, count_of(route.by_fate, fate));
    pending.add({name}, count_of(route.by_fate, Fate::pending));
    round_trips.add({name}, route.round_trips);
    if (route.last_round_trip) last_round_trip.add({name}, seconds(*route.last_round_trip));
    if (route.last_delivered_at) last_delivered.add({name}, unix_seconds(*route.last_delivered_at));
    for (const RouteState state : all_states) states.add({name, {"state", name_of(state)}}, route.state == state);
    info.add({name,
              {"from", route.from.str()},
              {"to", route.to.str()},
              {"from_provider", route.from_provider},
              {"to_provider", route.to_provider}},
             1);
  }
  for (Family* family : {&canaries, &pending, &round_trips, &last_round_trip, &last_delivered, &states, &info})
    family->move_to(families);
}

void add_readers(const MetricsView& view, std::vector<MetricFamily>& families) {
  Family up(MetricType::Gauge, "mailcanary_reader_up", "Whether the mailbox can be read.");
  Family lag(MetricType::Gauge, "mailcanary_reader_lag_seconds", "Time since the last completed look at the mailbox.");
  for (const ReaderMetrics& reader : view.readers) {
    const ClientMetric::Label account{"account", reader.account.str()};
    up.add({account}, reader.state == ReaderMetrics::State::up);
    if (reader.lag) lag.add({account}, seconds(*reader.lag));
  }
  up.move_to(families);
  lag.move_to(families);
}

void add_traffic(const MetricsView& view, std::vector<MetricFamily>& families) {
  Family bounces(MetricType::Counter, "mailcanary_traffic_bounces_total", "Real mails that bounced, one for each recipient.");
  Family sent(MetricType::Counter, "mailcanary_traffic_sent_total", "Real mails sent, as far as they are counted.");
  for (const TrafficMetrics& traffic : view.traffic) {
    const ClientMetric::Label account{"account", traffic.account.str()};
    for (const auto& [key, count] : traffic.bounces) {
      const auto& [domain, reason, hard] = key;
      bounces.add({account, {"domain", domain}, {"reason", reason}, {"hard", hard ? "true" : "false"}}, static_cast<double>(count));
    }
    sent.add({account}, static_cast<double>(traffic.sent));
  }
  bounces.move_to(families);
  sent.move_to(families);
}

void add_stages(const MetricsView& view, std::vector<MetricFamily>& families) {
  Family stages(MetricType::Histogram, "mailcanary_stage_seconds",
                "Time of each stage of settled canaries, by the provider that it tells of.");
  for (const StageMetrics& stage : view.stages)
    stages.add({{"provider", stage.provider.str()}, {"stage", name_of(stage.stage)}}, stage.times);
  stages.move_to(families);
}

void add_rules(const MetricsView& view, std::vector<MetricFamily>& families) {
  Family states(MetricType::Gauge, "mailcanary_rule_state", "How a rule stands: 0 quiet, 1 met and holding, 2 firing.");
  for (const RuleMetrics& rule : view.rules) states.add({{"rule", rule.rule}, {"subject", rule.subject}}, rule.state);
  states.move_to(families);
}

void add_channels(const MetricsView& view, std::vector<MetricFamily>& families) {
  Family queued(MetricType::Gauge, "mailcanary_outbox_queued", "Notices that wait to be delivered.");
  Family oldest(MetricType::Gauge, "mailcanary_outbox_oldest_seconds",
                "Age of the oldest notice that waits; 0 when none does.");
  Family ended(MetricType::Counter, "mailcanary_notices_total", "Notices by what became of them.");
  for (const ChannelMetrics& channel : view.channels) {
    const ClientMetric::Label name{"channel", channel.name.str()};
    queued.add({name}, static_cast<double>(channel.queued));
    oldest.add({name}, seconds(channel.oldest));
    for (const NoticeState state : ended_states) ended.add({name, {"state", name_of(state)}}, count_of(channel.ended, state));
  }
  for (Family* family : {&queued, &oldest, &ended}) family->move_to(families);
}

// The names that every Prometheus client uses.
void add_process(const ProcessMetrics& process, std::vector<MetricFamily>& families) {
  const auto add = [&](MetricType type, const char* name, const char* help, const std::optional<double>& value) {
    if (!value) return;
    Family family(type, name, help);
    family.add({}, *value);
    family.move_to(families);
  };
  add(MetricType::Counter, "process_cpu_seconds_total", "Processor time of this process, user and system.", process.cpu_seconds);
  add(MetricType::Gauge, "process_resident_memory_bytes", "Memory that this process holds.", process.resident_bytes);
  add(MetricType::Gauge, "process_open_fds", "Open file descriptors.", process.open_files);
  add(MetricType::Gauge, "process_max_fds", "How many file descriptors may be open.", process.most_files);
}

void add_house(const MetricsView& view, std::vector<MetricFamily>& families) {
  Family incidents(MetricType::Gauge, "mailcanary_incidents_open", "Open incidents by impact.");
  for (const Impact impact : open_impacts)
    incidents.add({{"impact", name_of(impact)}}, count_of(view.incidents_open, impact));
  Family ledger(MetricType::Gauge, "mailcanary_ledger_up", "Whether the ledger can record.");
  ledger.add({}, view.ledger == MetricsView::Ledger::up);
  Family turn(MetricType::Gauge, "mailcanary_last_turn_timestamp_seconds", "Unix time of the last turn of the engine.");
  if (view.last_turn) turn.add({}, unix_seconds(*view.last_turn));
  Family build(MetricType::Gauge, "mailcanary_build_info", "Version and vantage; always 1.");
  build.add({{"version", view.version}, {"vantage", view.vantage}}, 1);
  for (Family* family : {&incidents, &ledger, &turn, &build}) family->move_to(families);
}

}  // namespace

void RoundTripBuckets::add(Duration round_trip) {
  const double value = seconds(round_trip);
  const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
  ++counts[static_cast<std::size_t>(bucket)];
  sum_seconds += value;
}

std::string render_metrics(const MetricsView& view) {
  std::vector<MetricFamily> families;
  add_routes(view, families);
  add_stages(view, families);
  add_rules(view, families);
  add_readers(view, families);
  add_traffic(view, families);
  add_channels(view, families);
  add_house(view, families);
  add_process(view.process, families);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace mailcanary
