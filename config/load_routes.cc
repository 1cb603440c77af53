// Routes and meshes.
#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "config/sections.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_routes = 100'000;
constexpr Duration longest_cadence = 24h * 30;
constexpr std::int64_t longest_padding = 50'000'000;

// What a route and a mesh have in common.
Route read_times(const MapReader& reader) {
  Route route;
  route.every = reader.duration("every", 1s, longest_cadence).value_or(route.every);
  const auto late = reader.duration("late_after", 1ms, longest_cadence);
  const auto lost = reader.duration("lost_after", 1ms, longest_cadence);
  route.late_after = late.value_or(route.late_after);
  route.lost_after = lost.value_or(route.lost_after);
  route.padding = static_cast<std::size_t>(reader.whole("padding", 0, longest_padding).value_or(0));
  const bool both_read = (late || !reader.has("late_after")) && (lost || !reader.has("lost_after"));
  if (both_read && route.late_after >= route.lost_after) {
    const std::string_view key = lost ? "lost_after" : "late_after";
    reader.report().error(
        reader.place_of(key),
        fmt::format("{} is late after {} but lost after {} already; make lost_after the longer one", reader.where(),
                    format_duration(route.late_after), format_duration(route.lost_after)));
  }
  return route;
}

void check_can_send(Loading& loading, const AccountName& name, Place place) {
  const auto& marks = loading.marks.at(name);
  if (loading.config.accounts[marks.index].smtp || marks.gave_smtp) return;
  loading.report.error(place,
                       fmt::format("account {} cannot send; give it smtp: smtps://HOST:465", in_quotes(name.str())));
}

void check_can_receive(Loading& loading, const AccountName& name, Place place) {
  const auto& marks = loading.marks.at(name);
  const Account& account = loading.config.accounts[marks.index];
  if (account.bounces) {
    loading.report.error(
        place, fmt::format("account {} is a mailbox of real bounces, which is never changed; send canaries to "
                           "another account",
                           in_quotes(name.str())));
  } else if (!account.inbox && !marks.gave_inbox) {
    loading.report.error(
        place, fmt::format("account {} cannot receive; give it imap: imaps://HOST:993", in_quotes(name.str())));
  }
}

using Pair = std::pair<AccountName, AccountName>;

class RouteLoader {
 public:
  explicit RouteLoader(Loading& loading) : loading_(loading) {}

  void add_single(const YamlPtr& node) {
    const MapReader reader(loading_.report, node, Section::route, "a route");
    Route route = read_times(reader);
    const auto from = end_of(reader, "from");
    const auto to = end_of(reader, "to");
    const auto name = reader.name("name");
    if (from) check_can_send(loading_, *from, reader.place_of("from"));
    if (to) check_can_receive(loading_, *to, reader.place_of("to"));
    if (!from || !to || (reader.has("name") && !name)) return;
    route.from = *from;
    route.to = *to;
    route.name = RouteName(name ? *name : from->str() + "-" + to->str());
    pairs_.insert({*from, *to});
    add(std::move(route), name ? reader.place_of("name") : reader.place());
  }

  // Pairs that are listed by hand, or by an earlier mesh, keep what is said there.
  void add_mesh(const YamlPtr& node) {
    const MapReader reader(loading_.report, node, Section::mesh, "a mesh");
    const Route times = read_times(reader);
    const auto names = reader.names("mesh");
    const auto members = resolve<AccountName>(loading_.report, loading_.accounts, names);
    if (members.size() != names.size()) return;
    if (members.size() * members.size() > most_routes) {
      too_many(reader.place_of("mesh"));
      return;
    }
    if (members.size() == 1) {
      loading_.report.error(reader.place_of("mesh"), "a mesh of one account has no routes; name at least two");
      return;
    }
    for (const auto& member : names) {
      check_can_send(loading_, AccountName(member.text), member.place);
      check_can_receive(loading_, AccountName(member.text), member.place);
    }
    for (const auto& from : members) {
      for (const auto& to : members) {
        if (from == to || !pairs_.insert({from, to}).second) continue;
        Route route = times;
        route.from = from;
        route.to = to;
        route.name = RouteName(from.str() + "-" + to.str());
        add(std::move(route), reader.place_of("mesh"));
      }
    }
  }

 private:
  std::optional<AccountName> end_of(const MapReader& reader, std::string_view key) {
    const auto name = reader.name(key);
    if (!name) return std::nullopt;
    if (!loading_.accounts.check(loading_.report, {*name, reader.place_of(key)})) return std::nullopt;
    return AccountName(*name);
  }

  void too_many(Place place) {
    if (!told_too_many_)
      loading_.report.error(
          place, fmt::format("these are more than {} routes; split the watch among several monitors", most_routes));
    told_too_many_ = true;
  }

  void add(Route route, Place place) {
    if (loading_.config.routes.size() >= most_routes) {
      too_many(place);
    } else if (loading_.routes.has(route.name.str())) {
      loading_.report.error(
          place, fmt::format("two routes are named {}; give one of them another name:", in_quotes(route.name.str())));
    } else {
      loading_.routes.add(route.name.str());
      loading_.config.routes.push_back(std::move(route));
    }
  }

  Loading& loading_;
  std::set<Pair> pairs_;
  bool told_too_many_ = false;
};

// More canaries than the account may send would only be refused, and might lock it.
void check_daily_limits(Loading& loading) {
  struct Load {
    double per_day = 0;
    int routes = 0;
  };
  std::map<AccountName, Load> loads;
  for (const auto& route : loading.config.routes) {
    auto& load = loads[route.from];
    load.per_day += static_cast<double>(Duration(24h).count()) / static_cast<double>(route.every.count());
    ++load.routes;
  }
  for (const auto& account : loading.config.accounts) {
    const auto load = loads.find(account.name);
    if (account.daily_limit == 0 || load == loads.end() || load->second.per_day <= account.daily_limit) continue;
    const auto minutes = static_cast<std::int64_t>(load->second.routes) * 24 * 60 / account.daily_limit + 1;
    loading.report.error(
        loading.marks.at(account.name).place,
        fmt::format("{} from account {} would send {:.0f} canaries a day, more than its daily_limit of {}; "
                    "write every: {} or longer, or raise daily_limit",
                    count_noun(load->second.routes, "route", "routes"), in_quotes(account.name.str()),
                    load->second.per_day, account.daily_limit, format_duration(std::chrono::minutes(minutes))));
  }
}

}  // namespace

void load_routes(Loading& loading, const MapReader& top) {
  const auto nodes = top.list("routes");
  const bool watches_bounces = std::any_of(loading.config.accounts.begin(), loading.config.accounts.end(),
                                           [](const Account& account) { return account.bounces; });
  if (nodes.empty() && !watches_bounces && (!top.has("routes") || top.value("routes")->kind != YamlNode::Kind::map))
    loading.report.error(top.place_of("routes"),
                         "there are no routes, so nothing is watched; add routes: with - {from: …, to: …}");
  RouteLoader loader(loading);
  const auto is_mesh = [](const YamlPtr& node) { return node->find("mesh") != nullptr; };
  for (const auto& node : nodes)
    if (!loading.report.full() && !is_mesh(node)) loader.add_single(node);
  for (const auto& node : nodes)
    if (!loading.report.full() && is_mesh(node)) loader.add_mesh(node);
  check_daily_limits(loading);
}

}  // namespace mailcanary
