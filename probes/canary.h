// The record of one canary: what was sent, what became of it, and on what evidence.
// Plain values; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "core/text.h"

namespace mailcanary {

// What became of a canary. Stored by number: DO NOT CHANGE THESE VALUES.
enum class Fate {
  pending = 0,      // accepted or about to be; not yet seen, not yet given up
  delivered = 1,    // arrived within late_after
  late = 2,         // arrived after it (also after it had been called lost)
  junked = 3,       // arrived, but in the Junk folder
  bounced = 4,      // a verified bounce came back
  rejected = 5,     // the server refused it for good (5xx)
  deferred = 6,     // the server refused it for now (4xx); a probe does not retry
  unreachable = 7,  // no session with the server: resolve, connect, TLS, timeouts, closed early
  lost = 8,         // accepted, looked for, not there after lost_after
  unknown = 9,      // never left for a fault of our own; no claim about the provider. Not counted as sent
};
const char* name_of(Fate fate);
std::optional<Fate> fate_from(std::string_view name);
bool arrived(Fate fate);  // delivered, late, junked
bool failed(Fate fate);   // bounced, rejected, deferred, unreachable, lost
// A fate is settled once. The only later change is lost → late (or junked): it turned up after all.
bool may_become(Fate from, Fate to);

// Stored by number: DO NOT CHANGE THESE VALUES.
enum class Stage { resolve = 0, connect = 1, tls = 2, auth = 3, submit = 4, transit = 5, arrival = 6, seen = 7 };
const char* name_of(Stage stage);

// Why a canary was sent. Stored by number: DO NOT CHANGE THESE VALUES.
enum class CanaryPurpose {
  scheduled = 0,   // its route's time had come
  confirming = 1,  // at the first sign of trouble, to be certain sooner
};

struct StageRecord {
  Stage stage = Stage::resolve;
  std::optional<Duration> took;  // absent: not reached, or not measured (session reused)
  std::string error;             // safe one-line text; empty: no error
};

// How the arrival time is known. Stored by number: DO NOT CHANGE THESE VALUES.
enum class ArrivalSource { none = 0, push = 1, poll = 2, internaldate = 3, received = 4 };
const char* name_of(ArrivalSource source);

struct Hop {  // one Received line, in the order of travel
  std::string from, by, protocol, note;
  std::optional<WallTime> at;
  std::optional<Duration> delay;  // since the hop before; negative when clocks disagree (see note)
  std::string tls;                // version or cipher as the line says; empty: none said
};

struct Verdicts {  // "pass", "fail", "none", … or empty when the receiver does not say
  std::string spf, dkim, dmarc;
  std::string spam{};  // what spam filters wrote, safe one-line text: "no spam, score 0.1 of 5 (X-Spam-Status)"
};

// What a bounce says of one recipient (the full reader comes with its own library).
struct BounceReport {
  enum class Kind { failed, delayed, delivered, relayed, expanded, other } kind = Kind::other;
  std::string recipient, action, status, reply, reason, diagnostic, reporting_mta, remote_mta;
  bool hard = false;
};

struct Canary {
  CanaryId id;
  RouteName route;
  AccountName from, to;
  std::string vantage;
  CanaryPurpose purpose = CanaryPurpose::scheduled;
  Duration late_after{}, lost_after{};  // as configured when it was sent
  WallTime sent_at;                     // submit start
  std::optional<WallTime> accepted_at, arrived_at, seen_at, settled_at;
  ArrivalSource arrival_source = ArrivalSource::none;
  std::optional<Duration> resolution;   // of arrived_at
  std::optional<Duration> clock_skew;   // mailbox server's clock minus ours, when arrival is by its clock
  std::optional<Duration> round_trip;   // sent_at → arrived_at
  Fate fate = Fate::pending;
  std::string reason;                   // in words; safe one-line text
  int duplicates = 0;
  std::string folder;
  std::vector<StageRecord> stages;
  std::string smtp_reply;               // the deciding reply in full, safe one-line text
  std::vector<Hop> hops;
  Verdicts verdicts;
  std::optional<BounceReport> bounce;
  std::vector<std::string> changes;     // what the way altered, in words (alterations.h)

  WallTime late_at() const { return sent_at + late_after; }
  WallTime lost_at() const { return sent_at + lost_after; }
};

// The JSON of the design (§6), one object; field names are stable.
std::string canary_json(const Canary& canary);
// Its parts `hops` (an array) and `verdicts` (an object) by themselves.
std::string hops_json(const std::vector<Hop>& hops);
std::string verdicts_json(const Verdicts& verdicts);

}  // namespace mailcanary
