#include "monitor/ledger/act_rows.h"

namespace mailcanary {
namespace {

std::vector<Act> acts_of(Query& query) {
  std::vector<Act> acts;
  while (query.next()) {
    Act act;
    act.id = ActId(query.text(0));
    act.kind = static_cast<ActKind>(query.number(1));
    act.about = query.text(2);
    act.who = query.text(3);
    act.at = WallTime(Duration(query.number(4)));
    if (const auto until = query.maybe_number(5)) act.until = WallTime(Duration(*until));
    if (const auto applied = query.maybe_number(6)) act.applied_at = WallTime(Duration(*applied));
    act.outcome = query.text(7);
    act.details = query.text(8);
    acts.push_back(std::move(act));
  }
  return acts;
}

}  // namespace

void write_act(Sql& sql, const Act& act) {
  sql.use(
         "INSERT INTO acts (id, kind, about, who, at, until, applied_at, outcome, details) "
         "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET applied_at = excluded.applied_at, "
         "outcome = excluded.outcome WHERE applied_at IS NULL")
      .with(act.id.str(), static_cast<int>(act.kind), act.about, act.who, act.at, act.until, act.applied_at,
            act.outcome, act.details)
      .run();
}

std::vector<Act> read_waiting_acts(Sql& sql) {
  auto query = sql.use(
      "SELECT id, kind, about, who, at, until, applied_at, outcome, details FROM acts WHERE applied_at IS NULL "
      "ORDER BY key");
  return acts_of(query);
}

std::vector<Act> read_quiet_acts(Sql& sql, WallTime since) {
  auto query = sql.use(
      "SELECT id, kind, about, who, at, until, applied_at, outcome, details FROM acts WHERE until > ? ORDER BY key");
  query.with(since);
  return acts_of(query);
}

std::vector<Act> read_acts_about(Sql& sql, const std::string& about) {
  auto query = sql.use(
      "SELECT id, kind, about, who, at, until, applied_at, outcome, details FROM acts WHERE about = ? ORDER BY key");
  query.with(about);
  return acts_of(query);
}

std::int64_t newest_act_key(Sql& sql) {
  auto query = sql.use("SELECT coalesce(max(key), 0) FROM acts");
  query.next();
  return query.number(0);
}

}  // namespace mailcanary
