// What the engine and its caller hand each other: who decides, what one turn orders, how mailboxes are read.
// Plain values; any thread.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/units.h"
#include "monitor/ledger.h"
#include "probes/canary.h"

namespace mailcanary {

// How one mailbox is being read.
struct ReaderState {
  std::optional<WallTime> looked_at;     // last completed look
  std::optional<WallTime> faulty_since;  // looks fail since then
  int faults = 0;                        // in a row
  std::string fault;
  bool own_fault = false;
};

struct Turn {
  Batch record;
  std::vector<Canary> send;             // new canaries, in record.sent too
  std::vector<AccountMessage> forget;   // messages to delete; in record.to_remove too
  std::set<AccountName> look;           // mailboxes to look at now: a canary's time is over, is it there?
  bool ask_anchors = false;             // now: is it our own network?
  bool news = false;                    // something the page shows has changed
  // When time alone asks for the next turn: a canary's deadline, a hold that ends, reminders, windows that pass.
  // Always later than this turn; absent: not before something happens.
  std::optional<WallTime> wake_at;
};

enum class EngineRole {
  decides,        // the one that holds the ledger's lock: incidents and notices are its business
  only_observes,  // `check` beside it: sends and settles canaries of its own routes, decides nothing
};

}  // namespace mailcanary
