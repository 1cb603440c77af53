// One canary as a row of the ledger: what is asked for often in columns, the rest as one JSON text.
// Pure but for reading from a query. Threads: any.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "monitor/ledger/sql.h"
#include "probes/canary.h"

namespace mailcanary {

// Stages, replies, hops, verdicts, bounce, reason and folder; nothing when there are none. Broken UTF-8 is mended.
std::optional<std::string> canary_details(const Canary& canary);
// Nothing when the text is none of ours.
bool read_canary_details(std::string_view details, Canary& canary);

// "SELECT what read_canary_row() wants FROM canaries c JOIN lanes l " + `rest` (WHERE c.… ORDER BY …).
std::string select_canaries(std::string_view rest);
// To read a detail takes longer than all columns. Those of canaries that did not fail and were sent on schedule may be
// left out.
enum class RowDetails { all, of_failed };
Canary read_canary_row(const Sql& sql, const Query& row, RowDetails wanted = RowDetails::all);  // throws SqlFailure when the row is damaged

}  // namespace mailcanary
