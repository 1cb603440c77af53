// How much of an account's real mail bounced in a span of time, to whom and why, for `mailcanary bounces`.
// Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "monitor/traffic/traffic.h"

namespace mailcanary {

struct TrafficLine {
  std::string name;  // of the domain or reason
  std::int64_t bounced = 0, hard = 0;
  std::optional<std::int64_t> sent;  // absent: not known
  std::string mostly;                // of a domain: the reason of most of its bounces
  std::int64_t mostly_bounced = 0;
};
struct TrafficReport {
  AccountName account;
  WallTime from, until;
  TrafficLine total;
  std::vector<TrafficLine> domains, reasons;  // most bounces first
  std::string sent_from;  // "postfix_log /var/log/mail.log"; empty: mails sent are not counted
  std::string fault;      // why they cannot be counted now, or the mailbox cannot be read
};
TrafficReport traffic_report(const Account& account, const TrafficRecord& record, WallTime from, WallTime until);
std::string traffic_text(const TrafficReport& report);
std::string traffic_json(const TrafficReport& report);

}  // namespace mailcanary
