// What becomes of old counts of real traffic, and the proof that none got lost on the way.
#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "core/text.h"
#include "monitor/ledger/traffic_rows.h"

namespace mailcanary {
namespace {

constexpr std::int64_t hour = 3600;
constexpr int step_rows = 2000;
const std::string folded_name = "traffic minutes";

std::int64_t seconds_of(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count(); }

std::int64_t folded_until(Sql& sql) {
  auto query = sql.use("SELECT time FROM kept_from WHERE what = ?");
  query.with(folded_name);
  return query.next() ? seconds_of(WallTime(Duration(query.number(0)))) : 0;
}

void set_folded_until(Sql& sql, std::int64_t seconds) {
  sql.use("INSERT INTO kept_from (what, time) VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET time = max(time, excluded.time)")
      .with(folded_name, WallTime(std::chrono::seconds(seconds)))
      .run();
}

struct Key {
  std::string account, domain, reason;
  std::int64_t hard = 0;
  auto operator<=>(const Key&) const = default;
};

// The largest of each account keep their domain.
std::map<Key, std::int64_t> bounded(const std::map<Key, std::int64_t>& sums) {
  std::vector<std::pair<Key, std::int64_t>> list(sums.begin(), sums.end());
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::map<std::string, std::size_t> kept;
  std::map<Key, std::int64_t> out;
  for (auto& [key, count] : list) {
    if (++kept[key.account] > most_in_slot && !key.domain.empty()) key.domain = other_domains;
    out[key] += count;
  }
  return out;
}

// One hour whole, so that a slot never counts partly as minutes.
void fold_hour(Sql& sql, std::int64_t start) {
  std::map<Key, std::int64_t> bounces, sent;
  {
    auto query = sql.use("SELECT account, domain, reason, hard, recipients FROM bounce_counts WHERE start >= ? AND start < ?");
    query.with(start, start + hour);
    while (query.next()) bounces[{query.text(0), query.text(1), query.text(2), query.number(3)}] += query.number(4);
  }
  {
    auto query = sql.use("SELECT account, domain, mails FROM sent_counts WHERE start >= ? AND start < ?");
    query.with(start, start + hour);
    while (query.next()) sent[{query.text(0), query.text(1), "", 0}] += query.number(2);
  }
  sql.use("DELETE FROM bounce_counts WHERE start >= ? AND start < ?").with(start, start + hour).run();
  sql.use("DELETE FROM sent_counts WHERE start >= ? AND start < ?").with(start, start + hour).run();
  for (const auto& [key, count] : bounded(bounces))
    sql.use("INSERT INTO bounce_counts (start, account, domain, reason, hard, recipients) VALUES (?, ?, ?, ?, ?, ?)")
        .with(start, key.account, key.domain, key.reason, key.hard, count)
        .run();
  for (const auto& [key, count] : bounded(sent))
    sql.use("INSERT INTO sent_counts (start, account, domain, mails) VALUES (?, ?, ?, ?)")
        .with(start, key.account, key.domain, count)
        .run();
}

// The first hour with counts that has not been folded and is old enough.
bool fold_some(Sql& sql, WallTime now) {
  const std::int64_t until = seconds_of(now - minutes_kept) / hour * hour;
  const std::int64_t from = folded_until(sql);
  std::int64_t first = until;
  for (const auto* select : {"SELECT min(start) FROM bounce_counts WHERE start >= ?", "SELECT min(start) FROM sent_counts WHERE start >= ?"}) {
    auto query = sql.use(select);
    query.with(from);
    query.next();
    first = std::min(first, query.maybe_number(0).value_or(until));
  }
  first = first / hour * hour;
  if (first < until) fold_hour(sql, first);
  if (first < until || from < until) set_folded_until(sql, first < until ? first + hour : until);
  return first < until;
}

struct Dropping {
  const char* sums;    // what the rows that go add up to, by account
  const char* remove;  // the same rows
  const char* note;    // into the books
};
constexpr std::array droppings = {
    Dropping{"SELECT account, count(*), sum(recipients) FROM (SELECT account, recipients FROM bounce_marks WHERE counted_at < ? "
             "ORDER BY counted_at, account, mark LIMIT ?) GROUP BY account",
             "DELETE FROM bounce_marks WHERE (account, mark) IN (SELECT account, mark FROM bounce_marks WHERE counted_at < ? "
             "ORDER BY counted_at, account, mark LIMIT ?)",
             "UPDATE traffic_books SET marks_gone = marks_gone + ?, marked_gone = marked_gone + ? WHERE account = ?"},
    Dropping{"SELECT account, 0, sum(recipients) FROM (SELECT account, recipients FROM bounce_counts WHERE start < ? "
             "ORDER BY start, account, domain, reason, hard LIMIT ?) GROUP BY account",
             "DELETE FROM bounce_counts WHERE (start, account, domain, reason, hard) IN (SELECT start, account, domain, reason, "
             "hard FROM bounce_counts WHERE start < ? ORDER BY start, account, domain, reason, hard LIMIT ?)",
             "UPDATE traffic_books SET recipients_gone = recipients_gone + ? + ? WHERE account = ?"},
    Dropping{"SELECT account, 0, sum(mails) FROM (SELECT account, mails FROM sent_counts WHERE start < ? "
             "ORDER BY start, account, domain LIMIT ?) GROUP BY account",
             "DELETE FROM sent_counts WHERE (start, account, domain) IN (SELECT start, account, domain FROM sent_counts WHERE "
             "start < ? ORDER BY start, account, domain LIMIT ?)",
             "UPDATE traffic_books SET mails_gone = mails_gone + ? + ? WHERE account = ?"}};

int drop(Sql& sql, const Dropping& dropping, std::int64_t before) {
  struct Gone {
    std::string account;
    std::int64_t rows = 0, sum = 0;
  };
  std::vector<Gone> gone;
  {
    auto query = sql.use(dropping.sums);
    query.with(before, step_rows);
    while (query.next()) gone.push_back({query.text(0), query.number(1), query.number(2)});
  }
  if (gone.empty()) return 0;
  for (const Gone& each : gone) sql.use(dropping.note).with(each.rows, each.sum, each.account).run();
  return sql.use(dropping.remove).with(before, step_rows).run();
}

}  // namespace

LedgerStore::Work retire_traffic(Sql& sql, Duration hours_kept, WallTime now) {
  bool more = fold_some(sql, now);
  const WallTime marks_from = now - marks_kept;
  const std::array<std::int64_t, droppings.size()> before = {marks_from.time_since_epoch().count(), seconds_of(now - hours_kept),
                                                             seconds_of(now - hours_kept)};
  for (std::size_t i = 0; i < droppings.size() && !more; ++i) more = drop(sql, droppings[i], before[i]) == step_rows;
  return more ? LedgerStore::Work::more : LedgerStore::Work::done;
}

void audit_traffic(Sql& sql, Books& books) {
  auto query = sql.use(
      "SELECT account, messages, recipients, mails, "
      "(SELECT count(*) FROM bounce_marks m WHERE m.account = b.account) + marks_gone, "
      "(SELECT coalesce(sum(recipients), 0) FROM bounce_marks m WHERE m.account = b.account) + marked_gone, "
      "(SELECT coalesce(sum(recipients), 0) FROM bounce_counts c WHERE c.account = b.account) + recipients_gone, "
      "(SELECT coalesce(sum(mails), 0) FROM sent_counts s WHERE s.account = b.account) + mails_gone "
      "FROM traffic_books b ORDER BY account");
  while (query.next()) {
    const std::string account = query.text(0);
    books.traffic.push_back({AccountName(account), query.number(1), query.number(2), query.number(3)});
    const auto same = [&](std::int64_t counted, std::int64_t found, std::string_view one, std::string_view many, std::string_view where) {
      if (counted != found)
        books.faults.push_back(fmt::format("account {}: {} counted, but {} {}", account, count_noun(counted, one, many), found, where));
    };
    same(query.number(1), query.number(4), "bounce was", "bounces were", "marked");
    same(query.number(2), query.number(5), "failed recipient was", "failed recipients were", "in the bounces marked");
    same(query.number(2), query.number(6), "failed recipient was", "failed recipients were", "in the counts by domain and reason");
    same(query.number(3), query.number(7), "sent mail was", "sent mails were", "in the counts by time");
  }
  auto strays = sql.use(
      "SELECT DISTINCT account FROM (SELECT account FROM bounce_marks UNION SELECT account FROM bounce_counts UNION "
      "SELECT account FROM sent_counts) WHERE account NOT IN (SELECT account FROM traffic_books)");
  while (strays.next()) books.faults.push_back(fmt::format("account {}: counts of real traffic without books", strays.text(0)));
}

}  // namespace mailcanary
