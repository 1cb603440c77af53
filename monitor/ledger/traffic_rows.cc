#include "monitor/ledger/traffic_rows.h"

#include <algorithm>

namespace mailcanary {
namespace {

constexpr std::int64_t hour = 3600;

std::int64_t seconds_of(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count(); }
WallTime time_of(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }
// SQLite's numbers have a sign.
std::int64_t signed_mark(std::uint64_t mark) { return static_cast<std::int64_t>(mark); }

// Where the minutes of that time have become hours, or soon will have, it is counted in the hour.
std::int64_t slot_of(WallTime at, WallTime now) {
  const std::int64_t length = now - at > minutes_kept ? hour : std::chrono::duration_cast<std::chrono::seconds>(traffic_slot).count();
  const std::int64_t seconds = seconds_of(at);
  return seconds - seconds % length;
}

std::size_t held(Sql& sql, std::string_view count, std::int64_t start, const AccountName& account) {
  auto query = sql.use(count);
  query.with(start, account.str());
  query.next();
  return static_cast<std::size_t>(query.number(0));
}

void add_bounces(Sql& sql, std::int64_t start, const AccountName& account, const TrafficBounce::Group& group) {
  const int added = sql.use(
                           "UPDATE bounce_counts SET recipients = recipients + ? WHERE start = ? AND account = ? AND domain = ? "
                           "AND reason = ? AND hard = ?")
                        .with(group.recipients, start, account.str(), group.domain, group.reason, group.hard ? 1 : 0)
                        .run();
  if (added > 0) return;
  const bool full = held(sql, "SELECT count(*) FROM bounce_counts WHERE start = ? AND account = ?", start, account) >= most_in_slot;
  const std::string domain = full ? other_domains : group.domain;
  sql.use(
         "INSERT INTO bounce_counts (start, account, domain, reason, hard, recipients) VALUES (?, ?, ?, ?, ?, ?) "
         "ON CONFLICT (start, account, domain, reason, hard) DO UPDATE SET recipients = recipients + excluded.recipients")
      .with(start, account.str(), domain, group.reason, group.hard ? 1 : 0, group.recipients)
      .run();
}

void add_sent(Sql& sql, std::int64_t start, const AccountName& account, const std::string& told_domain, std::int64_t mails) {
  const int added = sql.use("UPDATE sent_counts SET mails = mails + ? WHERE start = ? AND account = ? AND domain = ?")
                        .with(mails, start, account.str(), told_domain)
                        .run();
  if (added > 0) return;
  const bool full = held(sql, "SELECT count(*) FROM sent_counts WHERE start = ? AND account = ?", start, account) >= most_in_slot;
  const std::string domain = full && !told_domain.empty() ? other_domains : told_domain;
  sql.use(
         "INSERT INTO sent_counts (start, account, domain, mails) VALUES (?, ?, ?, ?) "
         "ON CONFLICT (start, account, domain) DO UPDATE SET mails = mails + excluded.mails")
      .with(start, account.str(), domain, mails)
      .run();
}

void keep_books(Sql& sql, const AccountName& account, std::int64_t messages, std::int64_t recipients, std::int64_t mails) {
  sql.use(
         "INSERT INTO traffic_books (account, messages, recipients, mails) VALUES (?, ?, ?, ?) ON CONFLICT (account) DO "
         "UPDATE SET messages = messages + excluded.messages, recipients = recipients + excluded.recipients, "
         "mails = mails + excluded.mails")
      .with(account.str(), messages, recipients, mails)
      .run();
}

}  // namespace

void write_bounce(Sql& sql, const CountedBounce& counted) {
  std::int64_t recipients = 0;
  for (const auto& group : counted.bounce.groups) recipients += group.recipients;
  const int marked =
      sql.use("INSERT INTO bounce_marks (account, mark, counted_at, recipients) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
          .with(counted.account.str(), signed_mark(counted.bounce.mark), counted.counted_at, recipients)
          .run();
  if (marked == 0) return;
  const std::int64_t start = slot_of(counted.bounce.arrived_at, counted.counted_at);
  for (const auto& group : counted.bounce.groups) add_bounces(sql, start, counted.account, group);
  keep_books(sql, counted.account, 1, recipients, 0);
}

void write_sent(Sql& sql, const SentReading& reading) {
  std::string place;
  {
    auto query = sql.use("SELECT place FROM sent_places WHERE account = ?");
    query.with(reading.account.str());
    if (query.next()) place = query.text(0);
  }
  if (place != reading.before || reading.before == reading.after) return;
  sql.use("INSERT INTO sent_places (account, place) VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET place = excluded.place")
      .with(reading.account.str(), reading.after)
      .run();
  std::int64_t mails = 0;
  WallTime newest = WallTime::min();
  for (const auto& group : reading.groups) newest = std::max(newest, group.at);
  for (const auto& group : reading.groups) {
    if (group.mails == 0) continue;
    add_sent(sql, slot_of(group.at, newest), reading.account, group.domain, group.mails);
    mails += group.mails;
  }
  keep_books(sql, reading.account, 0, 0, mails);
}

bool is_counted(Sql& sql, const AccountName& account, std::uint64_t mark) {
  auto query = sql.use("SELECT 1 FROM bounce_marks WHERE account = ? AND mark = ?");
  query.with(account.str(), signed_mark(mark));
  return query.next();
}

TrafficRecord read_traffic(Sql& sql, WallTime from) {
  TrafficRecord record;
  auto bounces = sql.use("SELECT start, account, domain, reason, hard, recipients FROM bounce_counts WHERE start >= ? ORDER BY start");
  bounces.with(seconds_of(from));
  while (bounces.next())
    record.bounces.push_back({AccountName(bounces.text(1)), time_of(bounces.number(0)), bounces.text(2), bounces.text(3),
                              bounces.number(4) != 0, bounces.number(5)});
  auto sent = sql.use("SELECT start, account, domain, mails FROM sent_counts WHERE start >= ? ORDER BY start");
  sent.with(seconds_of(from));
  while (sent.next()) record.sent.push_back({AccountName(sent.text(1)), time_of(sent.number(0)), sent.text(2), sent.number(3)});
  return record;
}

std::map<AccountName, std::string> read_sent_places(Sql& sql) {
  std::map<AccountName, std::string> places;
  auto query = sql.use("SELECT account, place FROM sent_places");
  while (query.next()) places.emplace(query.text(0), query.text(1));
  return places;
}

}  // namespace mailcanary
