// What rules find in real traffic, and the words for it.
// Pure functions; any thread.
#pragma once
#include <string>

#include "config/config.h"
#include "monitor/measures/condition.h"
#include "monitor/traffic/traffic_counts.h"

namespace mailcanary {

// Does the rule look at this account's bounces?
bool applies_to_traffic(const Rule& rule, const Account& account);
// How the rule finds the traffic of `over`. A rate needs min_samples mails; `unknown`: why nothing can be said, or empty.
Finding examine_traffic(const Rule& rule, const TrafficSum& sum, const std::string& unknown);
// "12.3% of 4,210 mails to example.com bounced in the last hour (mailboxfull 80%)".
std::string traffic_words(const Rule& rule, const TrafficSum& sum);
std::string percent_words(double share);       // "12.3%"
std::string grouped_number(std::int64_t number);  // "4,210"

}  // namespace mailcanary
