// The measures a rule may name. Each row is computed in monitor/; a row without a computation is a bug its tests find.
#include "config/config.h"

namespace mailcanary {

const std::vector<MeasureInfo>& measure_table() {
  static const std::vector<MeasureInfo> table = {
      {"round_trip.mean", "s", "mean time from the start of submission to arrival"},
      {"round_trip.p50", "s", "half of the canaries took at most this long from submission to arrival"},
      {"round_trip.p90", "s", "90% of the canaries took at most this long from submission to arrival"},
      {"round_trip.p95", "s", "95% of the canaries took at most this long from submission to arrival"},
      {"round_trip.p99", "s", "99% of the canaries took at most this long from submission to arrival"},
      {"round_trip.max", "s", "the longest time from submission to arrival"},
      {"submit.mean", "s", "mean time to hand a canary over to the provider"},
      {"submit.p50", "s", "half of the canaries took at most this long to hand over"},
      {"submit.p90", "s", "90% of the canaries took at most this long to hand over"},
      {"submit.p95", "s", "95% of the canaries took at most this long to hand over"},
      {"submit.p99", "s", "99% of the canaries took at most this long to hand over"},
      {"submit.max", "s", "the longest time to hand a canary over"},
      {"transit.mean", "s", "mean time from the provider's acceptance to arrival"},
      {"transit.p50", "s", "half of the canaries took at most this long from acceptance to arrival"},
      {"transit.p90", "s", "90% of the canaries took at most this long from acceptance to arrival"},
      {"transit.p95", "s", "95% of the canaries took at most this long from acceptance to arrival"},
      {"transit.p99", "s", "99% of the canaries took at most this long from acceptance to arrival"},
      {"transit.max", "s", "the longest time from acceptance to arrival"},
      {"failure_rate", "share", "share of settled canaries that were bounced, rejected, deferred, unreachable or lost"},
      {"loss_rate", "share", "share of settled canaries that were lost"},
      {"late_rate", "share", "share of settled canaries that came late"},
      {"junk_rate", "share", "share of settled canaries that were filed as junk"},
      {"bounce_rate", "share", "share of settled canaries that came back as bounces"},
      {"reject_rate", "share", "share of settled canaries that were refused at submission"},
      {"unreachable_rate", "share", "share of settled canaries for which no server could be reached"},
      {"duplicate_rate", "share", "share of arrived canaries that arrived more than once"},
      {"consecutive_failures", "count", "failed canaries in a row, counted back from the newest"},
      {"backlog", "count", "canaries on their way for longer than late_after"},
      {"verdict_failures", "share", "share of arrived canaries whose SPF, DKIM or DMARC verdict was given and is not pass"},
      {"burn_rate", "count", "how many times faster than the objective allows canaries fail or are late, over both windows"},
      {"drift", "count", "how many times longer mail took in the last day than at the same hours of four weeks before"},
      {"traffic.bounce_rate", "share", "share of the mails sent that bounced, by the bounces in a mailbox of them"},
      {"traffic.hard_bounce_rate", "share", "share of the mails sent that bounced for good"},
      {"traffic.bounces", "count", "mails that bounced"},
      {"traffic.hard_bounces", "count", "mails that bounced for good"},
      {"evidence", "count", "log odds that a part of the way is disrupted, against chance, from all canaries that pass it"},
      {"silence", "s", "time since the first canary that was sent after the last arrival"},
  };
  return table;
}

bool measures_traffic(const Rule& rule) { return rule.measure.starts_with("traffic."); }

}  // namespace mailcanary
