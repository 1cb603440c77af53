// Where reading stands in each mailbox, which messages are still to be deleted there, and small named facts.
// Does not: begin or commit. Everything throws SqlFailure.
// Threads: one at a time.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "monitor/ledger.h"
#include "monitor/ledger/sql.h"

namespace mailcanary {

void write_cursor(Sql& sql, const AccountCursor& cursor);
std::vector<FolderCursor> read_cursors(Sql& sql, const AccountName& account);

void write_to_remove(Sql& sql, const AccountMessage& message);
void forget_to_remove(Sql& sql, const AccountMessage& message);
std::vector<MessageRef> read_to_remove(Sql& sql, const AccountName& account);

void write_fact(Sql& sql, const std::string& name, const std::string& value);
std::map<std::string, std::string> read_facts(Sql& sql);

}  // namespace mailcanary
