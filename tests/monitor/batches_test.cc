// What waits while the ledger cannot record stays small, and loses nothing.
#include "monitor/batches.h"

#include "tests/catch.h"

using namespace mailcanary;

namespace {

Canary canary(const char* id, Fate fate) {
  Canary made;
  made.id = CanaryId(id);
  made.fate = fate;
  return made;
}

Incident incident(const char* id, const char* title) {
  Incident made;
  made.id = IncidentId(id);
  made.title = title;
  return made;
}

// "1:pending 2:lost" of canaries, "a:title" of incidents, "inbox:7" of cursors.
std::string text(const Batch& batch) {
  std::string text;
  for (const auto& one : batch.changed) text += one.id.str() + ":" + name_of(one.fate) + " ";
  for (const auto& one : batch.incidents) text += one.id.str() + ":" + one.title + " ";
  for (const auto& one : batch.cursors) text += one.cursor.folder + ":" + std::to_string(one.cursor.next_uid) + " ";
  return text;
}

}  // namespace

TEST_CASE("of what is said again only the newest waits, in its place; a fate is never dropped") {
  Batch waiting;
  waiting.changed = {canary("1", Fate::pending), canary("2", Fate::pending), canary("1", Fate::lost), canary("1", Fate::late)};
  waiting.incidents = {incident("a", "opened"), incident("b", "opened"), incident("a", "resolved")};
  const AccountName shop("shop");
  waiting.cursors = {{shop, {"INBOX", 1, 5}}, {shop, {"Junk", 1, 2}}, {shop, {"INBOX", 1, 9}}};
  drop_superseded(waiting);
  CHECK(text(waiting) == "2:pending 1:lost 1:late b:opened a:resolved Junk:2 INBOX:9 ");
}
