// Writes new and changed canaries inside a transaction, and keeps the books beside them: how many were written and
// voided on each lane, counted here and never derived from the rows, so that audit can compare the two; and one
// fate_log entry for every change of fate.
// Does not: begin or commit.
// Threads: one at a time.
#pragma once
#include <map>
#include <string>
#include <unordered_map>

#include "core/result.h"
#include "monitor/ledger/sql.h"
#include "probes/canary.h"

namespace mailcanary {

class CanaryWriter {
 public:
  explicit CanaryWriter(Sql& sql) : sql_(sql) {}
  // A canary that is there already with the same route, accounts, vantage and deadlines is left alone (a batch that
  // is tried again after an uncertain commit); with others it is an internal error.
  Result<void> insert(const Canary& canary);
  // Keeps the stored canary as it is when its fate may not become the new one. One that is not there is reported in
  // the log and left out: its caller could do nothing about it.
  void change(const Canary& canary);
  void write_tallies();  // before the commit
  void forget();         // after a rollback

 private:
  struct Stored;
  struct Tally {
    std::int64_t written = 0, voided = 0;
    std::optional<WallTime> last_sent_at;
  };
  std::int64_t lane_of(const Canary& canary);
  Result<void> check_same(const Canary& canary, std::int64_t lane);
  void log_fate(std::int64_t key, std::int64_t lane, Fate from, const Canary& canary);
  void update(const Stored& stored, const Canary& canary);

  Sql& sql_;
  std::unordered_map<std::string, std::int64_t> lanes_;
  std::map<std::int64_t, Tally> tallies_;  // of this transaction
};

}  // namespace mailcanary
