// Acts of people as rows, see monitor/acts.h.
// Does not: begin or commit. Everything throws SqlFailure.
// Threads: one at a time.
#pragma once
#include <vector>

#include "monitor/acts.h"
#include "monitor/ledger/sql.h"

namespace mailcanary {

void write_act(Sql& sql, const Act& act);  // a new one, or the mark that it was applied; the first mark stays
std::vector<Act> read_waiting_acts(Sql& sql);                 // oldest first
std::vector<Act> read_quiet_acts(Sql& sql, WallTime since);   // maintenance and silences beyond `since`; oldest first
std::vector<Act> read_acts_about(Sql& sql, const std::string& about);  // oldest first
std::int64_t newest_act_key(Sql& sql);                            // grows with each

}  // namespace mailcanary
