// Whether the alarm would go through the burning corridor: mail over what is watched, or one single point for all.
#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "config/channel_kinds.h"
#include "config/dependencies.h"
#include "config/endpoint.h"
#include "config/mail_domain.h"
#include "config/sections.h"
#include "core/text.h"

namespace mailcanary {
namespace {

// Everything an incident of this provider and impact reaches, escalation included.
std::set<ChannelName> told(const Config& config, const ProviderName& provider, Impact impact) {
  std::set<ChannelName> channels;
  const auto covers = [](const auto& list, const auto& value) {
    return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
  };
  for (const auto& route : config.notify) {
    if (!covers(route.impacts, impact) || !covers(route.providers, provider)) continue;
    channels.insert(route.to.begin(), route.to.end());
    if (route.escalate) channels.insert(route.escalate->to.begin(), route.escalate->to.end());
  }
  return channels;
}

const Account* carrier(const Config& config, const Channel& channel) {
  const auto* kind = channel_kind(channel.kind);
  const auto setting = channel.settings.find("account");
  if (kind == nullptr || kind->reach != ChannelKind::Reach::mail || setting == channel.settings.end()) return nullptr;
  return config.account(AccountName(setting->second.text));
}

// Its notices are lost with the provider's mail.
bool goes_through(const Config& config, const Channel& channel, const ProviderName& provider) {
  const Account* account = carrier(config, channel);
  if (account == nullptr || provider.empty()) return false;
  return account->provider == provider || depends_on(config, account->name, provider);
}

std::string host_in(std::string_view url) {
  const auto scheme = url.find("://");
  std::string_view host = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (const auto login = host.rfind('@'); login != std::string_view::npos) host = host.substr(login + 1);
  if (host.starts_with('[')) return std::string(host.substr(0, host.find(']') + 1));
  return lower(host.substr(0, host.find(':')));
}

// The host that takes the channel's notices, as far as the config says; empty: it does not, or it is this machine.
std::string host_of(const Config& config, const Channel& channel) {
  std::string host;
  if (const Account* account = carrier(config, channel)) host = account->smtp ? account->smtp->host : "";
  for (const char* name : {"url", "webhook", "server"}) {
    const auto setting = channel.settings.find(name);
    if (setting == channel.settings.end()) continue;
    host = host_in(setting->second.secret.empty() ? setting->second.text : setting->second.secret.reveal());
  }
  return is_loopback(host) ? std::string() : host;
}

// Channels without an address of their own go to their service's only one.
std::string point_of(const Config& config, const Channel& channel) {
  const std::string host = host_of(config, channel);
  if (!host.empty()) return host;
  const auto* kind = channel_kind(channel.kind);
  return kind != nullptr && kind->reach == ChannelKind::Reach::http ? channel.kind : "channel " + channel.name.str();
}

// The domains that a provider's mail hangs on: of its addresses, and of its servers without their first label.
std::set<std::string> domains_of(const Config& config, const ProviderName& provider) {
  std::set<std::string> domains;
  for (const auto& account : config.accounts) {
    if (account.provider != provider) continue;
    domains.insert(domain_of(account.address));
    for (const auto& server : {account.smtp, account.inbox}) {
      if (!server || server->host.empty() || is_loopback(server->host)) continue;
      const std::string host = lower(server->host);
      const auto dot = host.find('.');
      const bool more = dot != std::string::npos && host.find('.', dot + 1) != std::string::npos;
      domains.insert(more ? host.substr(dot + 1) : host);
    }
  }
  return domains;
}

Place place_of(const MapReader& top, const ChannelName& name) {
  const auto channels = top.value("channels");
  const auto* entry = channels == nullptr ? nullptr : channels->find(name.str());
  return entry == nullptr ? Place{} : entry->place;
}

std::set<ProviderName> watched_providers(const Loading& loading) {
  std::set<ProviderName> watched;
  for (const auto& route : loading.config.routes)
    for (const auto& end : {route.from, route.to})
      watched.insert(loading.config.accounts[loading.marks.at(end).index].provider);
  return watched;
}

void refuse_burning(Loading& loading, const MapReader& top, const std::set<ProviderName>& watched,
                    const std::map<ChannelName, const Channel*>& people) {
  std::set<ChannelName> refused;
  for (const auto& provider : watched) {
    for (const Impact impact : {Impact::minor, Impact::major, Impact::critical}) {
      std::set<ChannelName> burning;
      bool safe = false;
      for (const auto& name : told(loading.config, provider, impact)) {
        const auto channel = people.find(name);
        if (channel == people.end()) continue;
        if (goes_through(loading.config, *channel->second, provider))
          burning.insert(name);
        else
          safe = true;
      }
      if (safe || burning.empty() || !refused.insert(*burning.begin()).second) continue;
      loading.report.error(
          place_of(top, *burning.begin()),
          fmt::format("channel {} is the only one that reaches people about {} incidents of provider {}, but its mail "
                      "goes through that provider; add another channel, or send it from an account elsewhere",
                      in_quotes(burning.begin()->str()), name_of(impact), in_quotes(provider.str())));
    }
  }
}

void warn_of_domains(Loading& loading, const MapReader& top, const std::set<ProviderName>& watched,
                     const std::map<ChannelName, const Channel*>& people) {
  for (const auto& [name, channel] : people) {
    const std::string host = host_of(loading.config, *channel);
    if (host.empty() || carrier(loading.config, *channel) != nullptr) continue;
    for (const auto& provider : watched) {
      const auto domains = domains_of(loading.config, provider);
      if (std::none_of(domains.begin(), domains.end(), [&](const auto& domain) { return is_within(host, domain); })) continue;
      loading.report.warning(
          place_of(top, name),
          fmt::format("channel {} goes to {}, which lies in a domain of watched provider {} and may be down with it; add a "
                      "channel that hangs on nothing of it",
                      in_quotes(name.str()), in_quotes(host), in_quotes(provider.str())));
      break;
    }
  }
}

void warn_of_single_point(Loading& loading, const MapReader& top, const std::map<ChannelName, const Channel*>& people) {
  if (people.size() < 2) return;
  const std::string point = point_of(loading.config, *people.begin()->second);
  const bool single = std::all_of(people.begin(), people.end(),
                                  [&](const auto& each) { return point_of(loading.config, *each.second) == point; });
  if (!single) return;
  loading.report.warning(top.place_of("channels"),
                         fmt::format("all channels that reach people go by {}: when it is down nobody hears of anything; "
                                     "add one that goes another way",
                                     in_quotes(point)));
}

}  // namespace

void check_corridor(Loading& loading, const MapReader& top) {
  std::set<ChannelName> used;
  for (const auto& route : loading.config.notify) {
    used.insert(route.to.begin(), route.to.end());
    if (route.escalate) used.insert(route.escalate->to.begin(), route.escalate->to.end());
  }
  std::map<ChannelName, const Channel*> people;
  for (const auto& channel : loading.config.channels) {
    const auto* kind = channel_kind(channel.kind);
    if (kind != nullptr && reaches_people(*kind) && used.contains(channel.name)) people.emplace(channel.name, &channel);
  }
  const std::set<ProviderName> watched = watched_providers(loading);
  refuse_burning(loading, top, watched, people);
  if (loading.report.has_errors()) return;  // settings may be missing
  warn_of_domains(loading, top, watched, people);
  warn_of_single_point(loading, top, people);
}

}  // namespace mailcanary
