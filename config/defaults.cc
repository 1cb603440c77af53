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
  return {
      // One failure alone may be a blip; the second in a row on the same route is an outage.
      rule("outage", "consecutive_failures", hours(1), 1, Impact::major, 1),
      // Late canaries one by one do no harm; more than half of them, three at least, is a slowdown.
      rule("slow", "late_rate", minutes(30), 0.5, Impact::minor, 3),
      rule("losses", "failure_rate", hours(3), 0.10, Impact::minor, 20),
      rule("junk", "junk_rate", hours(2), 0.20, Impact::minor, 3),
  };
}

Channel default_channel() {
  Channel log;
  log.name = ChannelName("log");
  log.kind = "log";
  return log;
}

std::vector<Duration> default_updates() {
  using namespace std::chrono_literals;
  return {15min, 30min, 1h, 4h};
}

NotifyRoute default_notify() {
  NotifyRoute all;
  all.to = {ChannelName("log")};
  return all;
}

}  // namespace mailcanary
