// The dead man's switch: somebody else hears from us as long as the whole loop is well, and calls when we fall silent.
// Does not: tell of mail that fails; that is what notices are for. A provider's outage is no fault of ours.
// Threads: faults_of, report_of and make_uuid from any; beat on the loop's thread.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "alerts/standing.h"
#include "config/config.h"
#include "core/event_loop.h"
#include "core/http_client.h"

namespace mailcanary {

// What the loop must do for the watch to be worth something.
struct Vitals {
  std::optional<WallTime> last_turn;
  std::string ledger_fault;                                 // empty: it records
  std::map<AccountName, std::optional<WallTime>> read_at;  // last look at each mailbox, failed ones too; absent: none yet
  std::vector<Unmeasured> unmeasured;                       // routes
  Duration outbox_oldest{};                                 // age of the oldest notice that waits
  std::string outbox_channel;                               // whose it is
  int notices_queued = 0, incidents_open = 0;
};

// What is wrong with ourselves, in words; empty: all is well. `began` is when the process did: nothing is expected of a
// mailbox before it can have been read.
std::vector<std::string> faults_of(const Vitals& vitals, WallTime began, WallTime now);

enum class Beat { start, well, unwell };
// One attempt to say it, with `report` as its body where the service keeps one. A plain address hears of `well` alone.
// `run_id` pairs a start with its end (a UUID), or is empty. io or whatever the exchange failed with; the address, which
// is a secret, is never part of it.
Task<Result<void>> beat(HttpClient& http, Heartbeat heartbeat, Beat what, std::string report, std::string run_id);

std::string report_of(const Vitals& vitals, const std::vector<std::string>& faults);  // "incidents=1 queued=0" and the faults
std::string make_uuid();  // version 4, RFC 9562 §5.4

}  // namespace mailcanary
