#include "config/defaults.h"

namespace mailcanary {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

Rule rule(const char* name, const char* measure, Duration over, double above, Impact impact, int min_samples) {
  Rule made;
  made.name = name;
  made.measure = measure;
  made.over = over;
  made.above = above;
  made.impact = impact;
  made.min_samples = min_samples;
  return made;
}

}  // namespace

std::vector<Rule> default_rules() {
  std::vector<Rule> rules = {
      // All canaries together say when a part of the way is disrupted, and which: sooner and surer than any count.
      rule("outage", "evidence", hours(1), 14, Impact::major, 1),
      // Late ones one by one do no harm; more than half of them in an hour is a slowdown.
      rule("slow", "late_rate", hours(1), 0.5, Impact::minor, 10),
      rule("junk", "junk_rate", hours(2), 0.30, Impact::minor, 10),
      // A queue that grows over weeks.
      rule("creeping", "drift", hours(24), 2, Impact::minor, 1),
  };
  rules.back().per = RuleScope::leg;
  rules.back().clear = 1.5;
  return rules;
}

Channel default_channel() {
  Channel log;
  log.name = ChannelName("log");
  log.kind = "log";
  return log;
}

std::vector<Duration> default_updates() {
  using namespace std::chrono_literals;
  return {15min, 1h, 4h, 12h};
}

NotifyRoute default_notify() {
  NotifyRoute all;
  all.to = {ChannelName("log")};
  return all;
}

}  // namespace mailcanary
