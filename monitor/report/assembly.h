// Puts the sums of a month together, slot by slot in order of time: routes, the providers they touch, and everything.
// Threads: one.
#pragma once
#include <array>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "monitor/ledger.h"
#include "monitor/maintenance.h"
#include "monitor/report/charges.h"
#include "monitor/report/report.h"

namespace mailcanary {

class Assembly {
 public:
  struct Options {
    TimeSpan span;  // of the month, up to now
    Duration slot{};
    const Month* month = nullptr;
    std::vector<Maintenance> maintenance;  // what is left out
    const Charges* charges = nullptr;
  };
  // What is pointed to must live as long.
  Assembly(const Config& config, const std::vector<Lane>& lanes, Options options);

  void add(const LaneSlot& slot);        // in order of time
  void add_times(const LaneSlot& slot);  // in any order, maybe of longer slots
  void add_pending(const RouteName& route);
  void finish(MonthReport& report);

 private:
  struct Part {  // of the report: a route, a provider, everything
    Part(Tally& the_tally, Series::Options options) : tally(&the_tally), series(std::move(options)) {}
    Tally* tally;
    Series series;
    Histogram times;
    double shares = 0;  // of the routes of the slot that is gathered now
    int routes = 0;
    void add(double share) {
      shares += share;
      ++routes;
    }
    void close(WallTime slot);
    void finish();
  };
  struct RouteWork {
    const Route* route = nullptr;  // null: not configured any more
    std::vector<std::size_t> providers;
    Spans excluded;
    std::array<std::int64_t, 10> now{};  // of the slot that is gathered now
    bool touched = false;
  };
  std::size_t route_index(const RouteName& name);
  void add_route(const RouteName& name, const Route* route, const Lane* lane);
  void make_parts();
  void close_slot();
  void judge_route(std::size_t index);

  const Config& config_;
  Options options_;
  std::unordered_map<AccountName, std::size_t> provider_of_;  // by number in config
  std::unordered_map<RouteName, std::size_t> indexes_;
  std::unordered_map<std::int64_t, std::size_t> route_of_lane_;
  std::vector<RouteWork> work_;
  std::vector<ReportedRoute> routes_;
  std::vector<ReportedProvider> providers_;
  Tally all_tally_;
  std::vector<Part> route_parts_, provider_parts_;
  std::vector<Part> all_part_;  // one
  std::vector<std::size_t> touched_;
  std::optional<WallTime> slot_;
};

}  // namespace mailcanary
