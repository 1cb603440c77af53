// What becomes of a canary in a world, and of a look into a mailbox: the providers, the networks and the luck.
// A canary passes the legs in order: it is handed over (submit), travels (outbound, inbound) and is read (mailbox). Each
// event meets it once at most, where and when it passes the event's leg:
//
//            submit           outbound, inbound            mailbox
//   loss          no answer        vanishes                     looks fail
//   unreachable   refused          queued until it ends         looks fail
//   defer, 4xx    4xx              queued, tried again          looks fail
//   reject        the reply        comes back as a bounce       looks fail
//   bounce, junk, duplicate: the mail is accepted and comes back, is filed into Junk, comes twice
//   delay, slow   the answer       the mail comes later         looks take longer
//
// Without a leg, each effect meets the canary where it is at home: refusals and unreachable servers where the mail is
// handed over (and read), the rest on the way. Our own network (`self`) times out, seen from here.
// Pure: the same (world, seed, route, number, time) gives the same passage. Threads: one.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "monitor/simulate/luck.h"
#include "monitor/simulate/world.h"
#include "probes/canary.h"
#include "probes/inbox.h"
#include "probes/submission.h"

namespace mailcanary {

// The way of one canary.
struct Passage {
  SubmitOutcome::Verdict verdict = SubmitOutcome::Verdict::accepted;
  WallTime answered_at;          // the end of the submission
  std::string reply, reason;     // of a submission that failed
  struct Copy {                  // what comes into a mailbox
    AccountName mailbox;
    WallTime at;
    WallTime readable_at;        // not before; mostly the same
    Sighting::Kind kind = Sighting::Kind::canary;
    bool junk = false;
    std::string diagnostic;      // of a bounce
  };
  std::vector<Copy> copies;      // none: lost
};

struct Look {
  WallTime ends_at;
  std::string fault;  // empty: a good look
};

// Which canary of a route: confirming ones are counted apart, so that they change no other canary's luck.
struct CanaryNumber {
  std::size_t route = 0;  // index in config.routes
  CanaryPurpose purpose = CanaryPurpose::scheduled;
  std::uint64_t number = 0;
};

class Weather {
 public:
  Weather(const Config& config, const World& world, std::uint64_t seed);
  Passage passage(const CanaryNumber& canary, WallTime sent_at) const;
  Look look(const AccountName& mailbox, WallTime at) const;
  // Whether some event disturbs looks into this mailbox at this time, now and then at least.
  bool looks_disturbed(const AccountName& mailbox, WallTime at) const;
  bool cut_off(WallTime at) const;  // our own network reaches nobody
  // Whether an event's scope takes in this route at one of its ends.
  bool touches(std::size_t event, std::size_t route) const;
  WallTime begin_of(std::size_t event) const { return world_.start + world_.events[event].at; }
  WallTime end_of(std::size_t event) const { return begin_of(event) + world_.events[event].length; }

 private:
  struct Reach {  // of one event on one route
    bool from = false, to = false;
  };
  struct Walk;  // one passage under way
  bool active(std::size_t event, WallTime at) const { return at >= begin_of(event) && at < end_of(event); }
  bool meets_looks(std::size_t event, const AccountName& mailbox) const;
  void submit(Walk& walk) const;
  void submit_through(Walk& walk, std::size_t event) const;
  void travel(Walk& walk, Leg leg) const;
  void travel_through(Walk& walk, std::size_t event, Leg leg) const;
  Duration queued(const Walk& walk, std::size_t event, WallTime since, double share) const;
  void arrive(Walk& walk) const;

  const Config& config_;
  const World& world_;
  std::uint64_t seed_;
  std::vector<std::vector<Reach>> reach_;  // [event][route]
  std::vector<std::uint64_t> route_keys_;
};

}  // namespace mailcanary
