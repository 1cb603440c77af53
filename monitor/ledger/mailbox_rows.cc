#include "monitor/ledger/mailbox_rows.h"

namespace mailcanary {

void write_cursor(Sql& sql, const AccountCursor& cursor) {
  sql.use(
         "INSERT INTO cursors (account, folder, uid_validity, next_uid) VALUES (?, ?, ?, ?) ON CONFLICT (account, "
         "folder) "
         "DO UPDATE SET uid_validity = excluded.uid_validity, next_uid = excluded.next_uid")
      .with(cursor.account.str(), cursor.cursor.folder, std::int64_t{cursor.cursor.uid_validity},
            std::int64_t{cursor.cursor.next_uid})
      .run();
}

std::vector<FolderCursor> read_cursors(Sql& sql, const AccountName& account) {
  std::vector<FolderCursor> cursors;
  auto query = sql.use("SELECT folder, uid_validity, next_uid FROM cursors WHERE account = ? ORDER BY folder");
  query.with(account.str());
  while (query.next())
    cursors.push_back(
        {query.text(0), static_cast<std::uint32_t>(query.number(1)), static_cast<std::uint32_t>(query.number(2))});
  return cursors;
}

void write_to_remove(Sql& sql, const AccountMessage& message) {
  sql.use("INSERT INTO to_remove (account, folder, uid_validity, uid) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
      .with(message.account.str(), message.message.folder, std::int64_t{message.message.uid_validity},
            std::int64_t{message.message.uid})
      .run();
}

void forget_to_remove(Sql& sql, const AccountMessage& message) {
  sql.use("DELETE FROM to_remove WHERE account = ? AND folder = ? AND uid_validity = ? AND uid = ?")
      .with(message.account.str(), message.message.folder, std::int64_t{message.message.uid_validity},
            std::int64_t{message.message.uid})
      .run();
}

std::vector<MessageRef> read_to_remove(Sql& sql, const AccountName& account) {
  std::vector<MessageRef> messages;
  auto query =
      sql.use("SELECT folder, uid_validity, uid FROM to_remove WHERE account = ? ORDER BY folder, uid_validity, uid");
  query.with(account.str());
  while (query.next())
    messages.push_back(
        {query.text(0), static_cast<std::uint32_t>(query.number(1)), static_cast<std::uint32_t>(query.number(2))});
  return messages;
}

void write_fact(Sql& sql, const std::string& name, const std::string& value) {
  sql.use("INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
      .with(name, value)
      .run();
}

std::map<std::string, std::string> read_facts(Sql& sql) {
  std::map<std::string, std::string> facts;
  auto query = sql.use("SELECT name, value FROM facts");
  while (query.next()) facts.emplace(query.text(0), query.text(1));
  return facts;
}

}  // namespace mailcanary
