// Real traffic as rows: marks of the bounces counted, counts by minute and hour, and the books beside them.
// Does not: begin or commit. Everything throws SqlFailure.
// Threads: one at a time.
#pragma once
#include <map>
#include <string>

#include "monitor/ledger.h"
#include "monitor/ledger/sql.h"

namespace mailcanary {

void write_bounce(Sql& sql, const CountedBounce& bounce);  // nothing when its mark is there
void write_sent(Sql& sql, const SentReading& reading);     // nothing unless the ledger stands at its `before`

bool is_counted(Sql& sql, const AccountName& account, std::uint64_t mark);
TrafficRecord read_traffic(Sql& sql, WallTime from);
std::map<AccountName, std::string> read_sent_places(Sql& sql);

// One step: minutes become hours, and what is past its time goes. Old marks go, sums of an hour are kept for `hours_kept`.
LedgerStore::Work retire_traffic(Sql& sql, Duration hours_kept, WallTime now);
// Messages counted, their marks, and the counts must tell the same.
void audit_traffic(Sql& sql, Books& books);

}  // namespace mailcanary
