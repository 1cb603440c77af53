#include "monitor/evidence/parts.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace mailcanary {
namespace {

using Routes = std::vector<std::size_t>;
struct Ends {  // of an account or a provider: which routes begin and end there, rising
  Routes from, to;
};

bool same(const Blame& a, const Blame& b) {
  return a.provider == b.provider && a.account == b.account && a.leg == b.leg && a.self == b.self;
}

// Collects parts; those with the same routes become one.
class Collector {
 public:
  void add(Stretch stretch, const Blame& name, Routes routes) {
    if (!routes.empty()) names_[{stretch, std::move(routes)}].push_back(name);
  }

  void add_ends(const ProviderName& provider, const AccountName& account, const Ends& ends) {
    Routes all;
    std::set_union(ends.from.begin(), ends.from.end(), ends.to.begin(), ends.to.end(), std::back_inserter(all));
    add(Stretch::handing_over, {provider, account, Leg::submit}, ends.from);
    add(Stretch::transit, {provider, account, Leg::outbound}, ends.from);
    add(Stretch::transit, {provider, account, Leg::inbound}, ends.to);
    add(Stretch::transit, {provider, account, Leg::unknown}, std::move(all));
  }

  std::vector<Part> parts() const {
    std::vector<Part> list;
    for (const auto& [key, names] : names_) {
      Part part{key.first, {}, key.second};
      for (const auto& name : names) {
        // One leg of it is all of it here: the leg says more. And an account alone at its provider is the provider.
        const bool said_better = std::any_of(names.begin(), names.end(), [&](const Blame& other) {
          if (other.provider != name.provider) return false;
          const bool leg_known = name.leg == Leg::unknown && other.leg != Leg::unknown && other.account == name.account;
          const bool wider = other.leg == name.leg && other.account.empty() && !name.account.empty();
          return leg_known || wider;
        });
        if (!said_better && !(name.provider.empty() && names.size() > 1)) part.names.push_back(name);
      }
      list.push_back(std::move(part));
    }
    return list;
  }

 private:
  std::map<std::pair<Stretch, Routes>, std::vector<Blame>> names_;
};

}  // namespace

Parts parts_of(const Config& config) {
  Collector collector;
  std::map<AccountName, ProviderName> provider_of;
  for (const auto& account : config.accounts) provider_of[account.name] = account.provider;
  std::map<AccountName, Ends> of_account;
  std::map<ProviderName, Ends> of_provider;
  Routes everywhere;
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const Route& route = config.routes[i];
    of_account[route.from].from.push_back(i);
    of_account[route.to].to.push_back(i);
    of_provider[provider_of[route.from]].from.push_back(i);
    of_provider[provider_of[route.to]].to.push_back(i);
    everywhere.push_back(i);
  }
  for (const auto& provider : config.providers) collector.add_ends(provider.name, AccountName{}, of_provider[provider.name]);
  for (const auto& account : config.accounts) collector.add_ends(account.provider, account.name, of_account[account.name]);
  for (const std::size_t path : everywhere) {
    for (const auto stretch : {Stretch::handing_over, Stretch::transit}) collector.add(stretch, Blame{}, {path});
  }
  // Whatever it is, it is the same everywhere: one host below several providers, the network between them.
  for (const auto stretch : {Stretch::handing_over, Stretch::transit}) collector.add(stretch, Blame{}, everywhere);

  Parts parts;
  parts.list = collector.parts();
  Part ours;
  ours.stretch = Stretch::handing_over;
  ours.ours = true;
  ours.names = {Blame{{}, {}, Leg::unknown, true}};
  ours.routes = everywhere;
  parts.ours = parts.list.size();
  parts.list.push_back(std::move(ours));
  for (auto& of_route : parts.of_route) of_route.resize(config.routes.size());
  for (std::size_t p = 0; p < parts.list.size(); ++p) {
    for (const std::size_t route : parts.list[p].routes)
      parts.of_route[static_cast<std::size_t>(parts.list[p].stretch)][route].push_back(p);
  }
  return parts;
}

bool passes(const Part& part, std::size_t route) {
  return std::binary_search(part.routes.begin(), part.routes.end(), route);
}

Blame common_blame(const std::vector<const Part*>& parts) {
  // What one recipient's mail is refused for is still said by the sender's own server.
  const bool nameless_count = std::none_of(parts.begin(), parts.end(), [](const Part* part) {
    return part->stretch == Stretch::handing_over && !part->names.front().provider.empty();
  });
  std::vector<Blame> names;
  for (const Part* part : parts) {
    for (const auto& name : part->names) {
      if (name.provider.empty() && !name.self && !nameless_count && part->routes.size() == 1) continue;
      if (std::none_of(names.begin(), names.end(), [&](const Blame& known) { return same(known, name); })) names.push_back(name);
    }
  }
  if (names.empty()) return {};
  Blame common = names.front();
  for (const auto& name : names) {
    if (name.self != common.self || name.provider != common.provider) return {};
    if (name.account != common.account) common.account = AccountName{};
    if (name.leg != common.leg) common.leg = Leg::unknown;
  }
  return common;
}

}  // namespace mailcanary
