#include "monitor/evidence/holder.h"

#include <algorithm>
#include <string>
#include <vector>

#include "config/mail_domain.h"
#include "core/text.h"

namespace mailcanary {
namespace {

constexpr Duration clocks_differ = std::chrono::minutes(1);  // by no more
constexpr std::size_t of_a_registry = 3;  // "co", "com", "org": below which others' domains may be

// Below which a host is one of its: "example.net" of "smtp.example.net", and the domain of its addresses.
std::vector<std::string> domains_of(const Account& account) {
  std::vector<std::string> domains;
  const auto add = [&](std::string host) {
    host = lower(host);
    if (host.find('.') == std::string::npos || host.find_first_not_of("0123456789.:") == std::string::npos) return;  // anybody's
    const auto dot = host.find('.');
    const auto next = dot == std::string::npos ? dot : host.find('.', dot + 1);
    if (next != std::string::npos && next - dot - 1 > of_a_registry) host.erase(0, dot + 1);
    if (!host.empty()) domains.push_back(std::move(host));
  };
  if (account.smtp) add(account.smtp->host);
  if (account.inbox) add(account.inbox->host);
  domains.push_back(domain_of(account.address));
  if (account.authserv_id.find('.') != std::string::npos) add(account.authserv_id);
  return domains;
}

bool is_below(const std::vector<std::string>& domains, const std::string& by) {
  return std::any_of(domains.begin(), domains.end(), [&](const std::string& domain) { return is_within(by, domain); });
}

}  // namespace

Holder holder_of(const Canary& canary, const Account& from, const Account& to) {
  if (!canary.arrived_at || !canary.accepted_at || from.provider == to.provider) return Holder::unknown;
  const auto sender = domains_of(from), receiver = domains_of(to);
  Duration at_sender{}, at_receiver{}, all{};
  std::optional<WallTime> since;
  bool clocks_agree = true;
  bool handed_over = false;  // to the receiver, whose hosts are the last ones
  bool at_its_own = false;   // the newest line is by a host of the sender
  const auto waited_until = [&](std::optional<WallTime> at) {
    if (!at) return;
    // The first host stamps it while we hand it over.
    const Duration waited = *at - since.value_or(*canary.accepted_at);
    clocks_agree = clocks_agree && waited >= -clocks_differ && (since || waited <= clocks_differ);
    if (!since || waited <= Duration::zero()) return;
    all += waited;
    if (handed_over) at_receiver += waited;
    if (at_its_own) at_sender += waited;
  };
  for (const auto& hop : canary.hops) {
    waited_until(hop.at);
    if (hop.at) since = hop.at;
    const bool sends = is_below(sender, hop.by), receives = is_below(receiver, hop.by);
    handed_over = handed_over || (receives && !sends);
    at_its_own = sends && !receives && !handed_over;
  }
  waited_until(canary.arrived_at);
  if (!clocks_agree) return Holder::unknown;
  if (2 * at_sender > all) return Holder::sender;
  return 2 * at_receiver > all ? Holder::receiver : Holder::unknown;
}

}  // namespace mailcanary
