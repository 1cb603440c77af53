// The ledger: the durable record of every canary, incident and notice. It speaks in whole transactions: what was
// observed, what changed in incidents and which notices must go out are written together or not at all.
//
// LedgerStore is the synchronous store (SQLite now, a shared database later); Ledger gives it a thread of its own
// and commits in groups: all batches that wait are one transaction.
// Threads: a LedgerStore belongs to one thread; Ledger's methods are called on the loop's thread.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alerts/notice.h"
#include "config/config.h"
#include "core/event_loop.h"
#include "core/result.h"
#include "monitor/acts.h"
#include "monitor/histogram.h"
#include "monitor/traffic/traffic.h"
#include "probes/canary.h"
#include "probes/inbox.h"

namespace mailcanary {

struct AccountCursor {
  AccountName account;
  FolderCursor cursor;
};
struct AccountMessage {  // a verified message to delete from its mailbox, or one that is deleted
  AccountName account;
  MessageRef message;
};

// One transaction. Empty parts cost nothing.
struct Batch {
  std::vector<Canary> sent;        // new ones, before their submission starts
  std::vector<Canary> changed;     // settled, accepted, seen again; see Canary and may_become
  std::vector<Incident> incidents; // new or changed, whole
  std::vector<Notice> notices;     // new or changed, whole
  std::vector<Act> acts;           // new ones, or applied
  std::vector<AccountCursor> cursors;
  std::vector<AccountMessage> to_remove, removed;
  std::vector<CountedBounce> bounces;  // each counted once, by its mark
  std::vector<SentReading> sent_mails;
  std::map<std::string, std::string> facts;  // small named values ("clock.last_turn")
  bool empty() const;
};

// Counts by fate over everything ever sent, raw rows and retired ones together. All fates are there, zeros too.
// sent = the sum of all but `unknown` (those never left).
struct Books {
  std::int64_t sent = 0;  // counted at the time of sending, independently of the fates
  std::map<Fate, std::int64_t> by_fate;
  std::vector<TrafficBooks> traffic;
  std::vector<std::string> faults;   // everything that does not balance, in words; empty: the books balance
  std::vector<std::string> remarks;  // what balances and still wants a look
};

struct Rollup {
  RouteName route;
  WallTime start;
  Duration length{};  // 5 min, 1 h, 1 d
  std::map<Fate, std::int64_t> by_fate;
  Histogram round_trip;
};

// What canaries have in common (see ledger/README.md). `key` is the ledger's number for it.
struct Lane {
  std::int64_t key = 0;
  RouteName route;
  AccountName from, to;
  std::string vantage;
};
// The sums of one lane and slot.
struct LaneSlot {
  WallTime start;
  std::int64_t lane = 0;
  std::array<std::int64_t, 10> by_fate{};  // by the number of the fate; settled ones
  Histogram round_trip;                    // empty when times are left out
};
// Since when canaries and rollups are complete; nothing was dropped yet: WallTime::min().
struct KeptFrom {
  WallTime canaries, rollups_5m, rollups_1h, rollups_1d;
};

class LedgerStore {
 public:
  virtual ~LedgerStore() = default;
  // All or nothing, durable on return (a power cut included). A changed canary whose stored fate may not become the
  // new one keeps its fate (another process was first); its other fields are kept too.
  virtual Result<void> commit(const std::vector<const Batch*>& batches) = 0;

  virtual Result<std::vector<Canary>> pending() = 0;                      // oldest first
  virtual Result<std::optional<Canary>> find(const CanaryId& id) = 0;
  virtual Result<std::vector<Canary>> history(const RouteName& route, int newest) = 0;  // newest first
  virtual Result<std::vector<Canary>> since(WallTime sent_at) = 0;        // all routes, oldest first
  // What rules look at, oldest first: canaries sent since `sent_at`, and lost ones sent since `lost_sent_at`. Many are
  // read at once, so of those that did not fail only what columns hold, unless all details are asked for.
  enum class Details { of_failed, all };
  virtual Result<std::vector<Canary>> recent(WallTime sent_at, WallTime lost_sent_at, Details details) = 0;
  virtual Result<std::vector<Incident>> incidents_since(WallTime time) = 0;  // open ones and those updated since
  virtual Result<std::optional<Incident>> incident(const IncidentId& id) = 0;
  virtual Result<std::vector<Notice>> queued_notices() = 0;
  virtual Result<std::vector<Notice>> notices_of(const IncidentId& id) = 0;  // oldest first, any state
  virtual Result<std::vector<Act>> waiting_acts() = 0;                 // nobody has applied them yet; oldest first
  virtual Result<std::vector<Act>> quiet_acts(WallTime since) = 0;     // maintenance and silences beyond `since`, and ends
  virtual Result<std::vector<Act>> acts_about(const std::string& id) = 0;  // oldest first
  virtual Result<std::int64_t> newest_act() = 0;                       // grows with each new act
  virtual Result<std::vector<FolderCursor>> cursors(const AccountName& account) = 0;
  virtual Result<std::vector<MessageRef>> to_remove(const AccountName& account) = 0;
  virtual Result<std::map<std::string, std::string>> facts() = 0;
  // For the scheduler: when each route last sent.
  virtual Result<std::map<RouteName, WallTime>> last_sent() = 0;
  // Sent per account since `time`, for daily limits.
  virtual Result<std::map<AccountName, int>> sent_by_account_since(WallTime time) = 0;
  // Rollups of one length that start at or after `from`; settled canaries only.
  virtual Result<std::vector<Rollup>> rollups(Duration length, WallTime from) = 0;
  // Counts of real traffic in slots that begin at or after `from`, hour by hour where they are so old.
  virtual Result<TrafficRecord> traffic(WallTime from) = 0;
  virtual Result<std::vector<std::uint64_t>> counted_marks(const AccountName& account, std::vector<std::uint64_t> of_these) = 0;
  virtual Result<std::map<AccountName, std::string>> sent_places() = 0;  // up to where the sources of sent mails were read
  // The same from..until, lane by lane in order of time, each as it is read: months of thousands of routes fit into no
  // memory. Times cost the most; leave them out where nobody asks.
  enum class Times { read, left_out };
  virtual Result<void> each_slot(Duration length, WallTime from, WallTime until, Times times,
                                 const std::function<void(const LaneSlot&)>& call) = 0;
  virtual Result<std::vector<Lane>> lanes() = 0;
  virtual Result<KeptFrom> kept_from() = 0;
  // Do the canaries of some UTC days balance? Sent: counted row by row; fates: by the sums of days. Both bounds are
  // midnights, and since `from` canaries are kept.
  virtual Result<Books> books_of_days(WallTime from, WallTime until) = 0;
  virtual Result<Books> audit(WallTime now) = 0;
  // Brings rollups up to date and drops raw rows and rollups past their retention, in small steps; `more` says that
  // there is more to do.
  enum class Work { done, more };
  virtual Result<Work> retire(const Retention& retention, WallTime now) = 0;
  // Canaries sent in this time, oldest first; as many details as in recent().
  virtual Result<std::vector<Canary>> sent_within(TimeSpan time, Details details) = 0;
};

enum class LedgerOpen { create_or_migrate, read_only };
// Opens the SQLite ledger (WAL, synchronous=FULL, migrations by user_version). A ledger of a newer program is refused.
Result<std::unique_ptr<LedgerStore>> open_sqlite_ledger(const std::filesystem::path& path, LedgerOpen how);
// For the simulator and tests: the same store in memory.
Result<std::unique_ptr<LedgerStore>> open_memory_ledger();

class Ledger {
 public:
  Ledger(EventLoop& loop, std::unique_ptr<LedgerStore> store);
  ~Ledger();  // commits what waits, then ends the thread
  // Returns when the batch is durable. On failure nothing of it is; the caller keeps it and tries again.
  Task<Result<void>> commit(Batch batch);
  // Runs `call` on the ledger's thread, after everything committed before.
  Task<void> with_store(std::function<void(LedgerStore&)> call);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailcanary
