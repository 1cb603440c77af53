// Whose fault a bad slot was, by the incidents of the ledger. A canary touches two providers; when an incident names
// one of them, the other's report does not suffer from it. What no incident explains counts against both.
// Plain value; any thread.
#pragma once
#include <functional>
#include <unordered_map>
#include <vector>

#include "alerts/incident.h"
#include "core/calendar.h"

namespace mailcanary {

struct Charge {
  bool own = false;                   // our own side: nobody is charged, and nothing was measured
  std::vector<ProviderName> blamed;   // empty and not `own`: everybody
  bool to(const ProviderName& provider) const;
};

class Charges {
 public:
  // `month`: what lies outside is left out; an open incident lasts until its end.
  Charges(const Config& config, const std::vector<Incident>& incidents, TimeSpan month);
  Charge of(const RouteName& route, TimeSpan slot) const;

 private:
  struct Entry {
    TimeSpan span;
    ProviderName provider;  // empty: nobody is named
    bool own = false;
  };
  std::unordered_map<RouteName, std::vector<Entry>> entries_;
};

// The provider an incident blames, be it by one of its accounts; empty: none is named.
ProviderName blamed_provider(const Config& config, const Incident& incident);
TimeSpan span_of(const Incident& incident, WallTime end);

}  // namespace mailcanary
