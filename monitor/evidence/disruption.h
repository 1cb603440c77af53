// A part of the way that is disrupted: who that blames, how certain it is, and the routes that show it.
// Plain value; any thread.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "alerts/incident.h"
#include "monitor/evidence/parts.h"

namespace mailcanary {

struct Disruption {
  std::uint64_t number = 0;  // while this process lives
  std::size_t part = 0;
  Stretch stretch = Stretch::transit;
  Blame blame;               // nobody named: it is not certain who
  bool one_path = false;     // and certain that it is one path only
  WallTime opened_at, since;
  double odds = 0, share = 1;
  double fails = 1;          // of its canaries, while it lasts
  bool fails_known = false;  // from enough of them
  int bad = 0, good = 0;     // canaries when it was at its strongest
  int held_by_sender = 0, held_by_receiver = 0;  // late ones, as their hops say
  bool named_by_hops = false;
  bool narrows = true;       // who it is may still become clearer
  std::vector<std::size_t> suspects;  // parts that may be it
  int asked = 0;             // confirming canaries sent to tell them apart
  WallTime asked_at;
  struct Member {            // a route that shows it
    WallTime since, last_bad;        // sent_at of its first and of its last canary that fared badly
    std::vector<CanaryId> canaries;  // a few
    std::string first_error;
    int failed = 0, late = 0, out = 0, overdue = 0;  // those out for longer than late_after are counted in both
  };
  std::map<RouteName, Member> members;
  std::set<RouteName> recovered;  // were members; one bad canary does not bring them back
};

}  // namespace mailcanary
