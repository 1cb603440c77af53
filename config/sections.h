// The parts of the loader, one a section of the file, in the order load.cc calls them. Inside config/ only.
// Threads: one.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/load.h"
#include "config/map_reader.h"

namespace mailcanary {

// The names of one sort, to find those that stand for nothing.
class NameIndex {
 public:
  explicit NameIndex(std::string what) : what_(std::move(what)) {}
  void add(const std::string& name) {
    if (known_.insert(name).second) names_.push_back(name);
  }
  bool has(const std::string& name) const { return known_.count(name) > 0; }
  // When the names themselves could not be read, nothing can be said of those that refer to them.
  void give_up() { given_up_ = true; }
  // Reports "no account is named …; did you mean …?" when it is not there.
  bool check(Report& report, const NamedPlace& name) const;

 private:
  std::string what_;  // "account"
  std::vector<std::string> names_;
  std::unordered_set<std::string> known_;
  bool given_up_ = false;
};

// A promise as "99.9%", more than nothing and less than everything; reports anything else.
std::optional<double> read_objective(const MapReader& reader);

// What later sections must know of an account beside its values.
struct AccountMarks {
  Place place;
  std::size_t index = 0;   // in Config::accounts
  bool gave_smtp = false;  // a server is named, perhaps wrongly: no second error about its lack
  bool gave_inbox = false;
};

struct Loading {
  Loading(Report& the_report, std::filesystem::path the_folder, LoadEffect the_effect)
      : report(the_report), folder(std::move(the_folder)), effect(the_effect) {}
  Report& report;
  std::filesystem::path folder;  // relative paths count from here
  LoadEffect effect;
  Config config;
  std::unordered_map<AccountName, AccountMarks> marks;
  NameIndex providers{"provider"};
  NameIndex accounts{"account"};
  NameIndex routes{"route"};
  NameIndex channels{"channel"};
};

// The names that stand for something; the others are reported.
template <class Name>
std::vector<Name> resolve(Report& report, const NameIndex& index, const std::vector<NamedPlace>& names) {
  std::vector<Name> known;
  for (const auto& name : names)
    if (index.check(report, name)) known.push_back(Name(name.text));
  return known;
}

void load_providers(Loading& loading, const MapReader& top);
void load_accounts(Loading& loading, const MapReader& top);
void load_dependencies(Loading& loading, const MapReader& top);  // of both
// `sent:` of an account; it must be one with bounces.
std::optional<SentCount> read_sent(const Loading& loading, const MapReader& account_reader, const Account& account);
// `domain` and `reason`, and whether a rule of real traffic has the counts it asks for.
void read_traffic(Loading& loading, const MapReader& rule_reader, Rule& rule);
void load_routes(Loading& loading, const MapReader& top);
void load_anchors(Loading& loading, const MapReader& top);  // after the accounts, whose servers are none
void load_slo(Loading& loading, const MapReader& top);
void load_rules(Loading& loading, const MapReader& top);
void load_channels(Loading& loading, const MapReader& top);
void load_notify(Loading& loading, const MapReader& top);
void load_maintenance(Loading& loading, const MapReader& top);
void load_heartbeats(Loading& loading, const MapReader& top);
void load_metrics(Loading& loading, const MapReader& top);
void load_status(Loading& loading, const MapReader& top);
void load_retention(Loading& loading, const MapReader& top);
void load_place(Loading& loading, const MapReader& top);  // vantage, secret and ledger

// Refuses to carry the alarm through the burning corridor: for each watched provider and impact, somebody must be told
// by another way than mail through that provider. Warns of ways that all hang on one host or on the provider itself.
void check_corridor(Loading& loading, const MapReader& top);

}  // namespace mailcanary
