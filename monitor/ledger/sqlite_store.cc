#include "monitor/ledger/sqlite_store.h"

#include <algorithm>

#include "monitor/ledger/act_rows.h"
#include "monitor/ledger/audit.h"
#include "monitor/ledger/canary_row.h"
#include "monitor/ledger/canary_writer.h"
#include "monitor/ledger/id_key.h"
#include "monitor/ledger/incident_rows.h"
#include "monitor/ledger/ledger_file.h"
#include "monitor/ledger/mailbox_rows.h"
#include "monitor/ledger/recent_rows.h"
#include "monitor/ledger/retirement.h"
#include "monitor/ledger/rollups.h"
#include "monitor/ledger/schema.h"
#include "monitor/ledger/traffic_rows.h"

namespace mailcanary {

bool Batch::empty() const {
  return sent.empty() && changed.empty() && incidents.empty() && notices.empty() && acts.empty() && cursors.empty() &&
         to_remove.empty() && removed.empty() && bounces.empty() && sent_mails.empty() && facts.empty();
}

namespace {

// The border of this folder: failures become values here.
template <class T>
struct ResultOf {
  using Type = Result<T>;
};
template <class T>
struct ResultOf<Result<T>> {
  using Type = Result<T>;
};
template <class Call>
auto as_result(Call call) -> typename ResultOf<decltype(call())>::Type {
  try {
    return call();
  } catch (const SqlFailure& failure) {
    return failure.error();
  }
}

class SqliteStore : public LedgerStore {
 public:
  SqliteStore(std::unique_ptr<Sql> sql) : sql_(std::move(sql)), canaries_(*sql_) {}

  Result<void> commit(const std::vector<const Batch*>& batches) override;
  Result<std::vector<Canary>> pending() override;
  Result<std::optional<Canary>> find(const CanaryId& id) override;
  Result<std::vector<Canary>> history(const RouteName& route, int newest) override;
  Result<std::vector<Canary>> since(WallTime sent_at) override;
  Result<std::vector<Canary>> recent(WallTime sent_at, WallTime lost_sent_at, Details details) override;
  Result<std::vector<Canary>> sent_within(TimeSpan time, Details details) override;
  Result<std::vector<Incident>> incidents_since(WallTime time) override;
  Result<std::optional<Incident>> incident(const IncidentId& id) override;
  Result<std::vector<Notice>> queued_notices() override;
  Result<std::vector<Notice>> notices_of(const IncidentId& id) override;
  Result<std::vector<Act>> waiting_acts() override;
  Result<std::vector<Act>> quiet_acts(WallTime since) override;
  Result<std::vector<Act>> acts_about(const std::string& id) override;
  Result<std::int64_t> newest_act() override;
  Result<std::vector<FolderCursor>> cursors(const AccountName& account) override;
  Result<std::vector<MessageRef>> to_remove(const AccountName& account) override;
  Result<std::map<std::string, std::string>> facts() override;
  Result<std::map<RouteName, WallTime>> last_sent() override;
  Result<std::map<AccountName, int>> sent_by_account_since(WallTime time) override;
  Result<std::vector<Rollup>> rollups(Duration length, WallTime from) override;
  Result<TrafficRecord> traffic(WallTime from) override;
  Result<std::vector<std::uint64_t>> counted_marks(const AccountName& account, std::vector<std::uint64_t> of_these) override;
  Result<std::map<AccountName, std::string>> sent_places() override;
  Result<void> each_slot(Duration length, WallTime from, WallTime until, Times times,
                         const std::function<void(const LaneSlot&)>& call) override;
  Result<std::vector<Lane>> lanes() override;
  Result<KeptFrom> kept_from() override;
  Result<Books> books_of_days(WallTime from, WallTime until) override;
  Result<Books> audit(WallTime now) override;
  Result<Work> retire(const Retention& retention, WallTime now) override;

 private:
  Result<void> write(const Batch& batch);

  std::unique_ptr<Sql> sql_;
  CanaryWriter canaries_;
};

std::vector<Canary> canaries_of(const Sql& sql, Query& query) {
  std::vector<Canary> canaries;
  while (query.next()) canaries.push_back(read_canary_row(sql, query));
  return canaries;
}

Result<void> SqliteStore::commit(const std::vector<const Batch*>& batches) {
  if (std::all_of(batches.begin(), batches.end(), [](const Batch* batch) { return batch->empty(); })) return {};
  const auto result = as_result([&]() -> Result<void> {
    Transaction transaction(*sql_, Transaction::Kind::write);
    for (const Batch* batch : batches) {
      const auto written = write(*batch);
      if (!written) return written;
    }
    canaries_.write_tallies();
    transaction.commit();
    return {};
  });
  if (!result) canaries_.forget();
  return result;
}

Result<void> SqliteStore::write(const Batch& batch) {
  for (const Canary& canary : batch.sent) {
    const auto inserted = canaries_.insert(canary);
    if (!inserted) return inserted;
  }
  for (const Canary& canary : batch.changed) canaries_.change(canary);
  for (const Incident& incident : batch.incidents) write_incident(*sql_, incident);
  for (const Notice& notice : batch.notices) write_notice(*sql_, notice);
  for (const Act& act : batch.acts) write_act(*sql_, act);
  for (const AccountCursor& cursor : batch.cursors) write_cursor(*sql_, cursor);
  for (const AccountMessage& message : batch.to_remove) write_to_remove(*sql_, message);
  for (const AccountMessage& message : batch.removed) forget_to_remove(*sql_, message);
  for (const CountedBounce& bounce : batch.bounces) write_bounce(*sql_, bounce);
  for (const SentReading& reading : batch.sent_mails) write_sent(*sql_, reading);
  for (const auto& [name, value] : batch.facts) write_fact(*sql_, name, value);
  return {};
}

Result<std::vector<Canary>> SqliteStore::pending() {
  return as_result([&] {
    auto query = sql_->use(select_canaries("WHERE c.fate = 0 ORDER BY c.sent_at, c.key"));
    return canaries_of(*sql_, query);
  });
}

Result<std::optional<Canary>> SqliteStore::find(const CanaryId& id) {
  return as_result([&]() -> std::optional<Canary> {
    const IdKey key = key_of(id);
    auto query = sql_->use(select_canaries("WHERE c.id = ?"));
    if (key.is_ulid)
      query.with(Blob{key.bytes});
    else
      query.with(key.bytes);
    if (!query.next()) return std::nullopt;
    return read_canary_row(*sql_, query);
  });
}

Result<std::vector<Canary>> SqliteStore::history(const RouteName& route, int newest) {
  return as_result([&] {
    Transaction view(*sql_, Transaction::Kind::read);
    // A route whose accounts or deadlines changed has several lanes; the newest of each hold the newest of all.
    std::vector<std::int64_t> lanes;
    auto query = sql_->use("SELECT key FROM lanes WHERE route = ?");
    query.with(route.str());
    while (query.next()) lanes.push_back(query.number(0));
    std::vector<Canary> found;
    for (const std::int64_t lane : lanes) {
      auto rows = sql_->use(select_canaries("WHERE c.lane = ? ORDER BY c.sent_at DESC, c.key DESC LIMIT ?"));
      rows.with(lane, std::max(newest, 0));
      for (Canary& canary : canaries_of(*sql_, rows)) found.push_back(std::move(canary));
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const Canary& a, const Canary& b) { return a.sent_at > b.sent_at; });
    if (found.size() > static_cast<std::size_t>(std::max(newest, 0)))
      found.resize(static_cast<std::size_t>(std::max(newest, 0)));
    return found;
  });
}

Result<std::vector<Canary>> SqliteStore::since(WallTime sent_at) {
  return as_result([&] {
    auto query = sql_->use(select_canaries("WHERE c.sent_at >= ? ORDER BY c.sent_at, c.key"));
    query.with(sent_at);
    return canaries_of(*sql_, query);
  });
}

Result<std::vector<Canary>> SqliteStore::recent(WallTime sent_at, WallTime lost_sent_at, Details details) {
  return as_result([&] {
    Transaction view(*sql_, Transaction::Kind::read);
    return read_recent(*sql_, sent_at, lost_sent_at, details == Details::all ? RowDetails::all : RowDetails::of_failed);
  });
}

Result<std::vector<Canary>> SqliteStore::sent_within(TimeSpan time, Details details) {
  return as_result([&] { return read_sent_within(*sql_, time, details == Details::all ? RowDetails::all : RowDetails::of_failed); });
}

Result<std::vector<Incident>> SqliteStore::incidents_since(WallTime time) {
  return as_result([&] { return read_incidents_since(*sql_, time); });
}

Result<std::optional<Incident>> SqliteStore::incident(const IncidentId& id) {
  return as_result([&] { return read_incident(*sql_, id); });
}

Result<std::vector<Notice>> SqliteStore::queued_notices() {
  return as_result([&] { return read_queued_notices(*sql_); });
}

Result<std::vector<Notice>> SqliteStore::notices_of(const IncidentId& id) {
  return as_result([&] { return read_notices_of(*sql_, id); });
}

Result<std::vector<Act>> SqliteStore::waiting_acts() {
  return as_result([&] { return read_waiting_acts(*sql_); });
}

Result<std::vector<Act>> SqliteStore::quiet_acts(WallTime since) {
  return as_result([&] { return read_quiet_acts(*sql_, since); });
}

Result<std::vector<Act>> SqliteStore::acts_about(const std::string& id) {
  return as_result([&] { return read_acts_about(*sql_, id); });
}

Result<std::int64_t> SqliteStore::newest_act() {
  return as_result([&] { return newest_act_key(*sql_); });
}

Result<std::vector<FolderCursor>> SqliteStore::cursors(const AccountName& account) {
  return as_result([&] { return read_cursors(*sql_, account); });
}

Result<std::vector<MessageRef>> SqliteStore::to_remove(const AccountName& account) {
  return as_result([&] { return read_to_remove(*sql_, account); });
}

Result<std::map<std::string, std::string>> SqliteStore::facts() {
  return as_result([&] { return read_facts(*sql_); });
}

Result<std::map<RouteName, WallTime>> SqliteStore::last_sent() {
  return as_result([&] {
    std::map<RouteName, WallTime> times;
    auto query = sql_->use("SELECT route, max(last_sent_at) FROM lanes WHERE last_sent_at IS NOT NULL GROUP BY route");
    while (query.next()) times.emplace(query.text(0), WallTime(Duration(query.number(1))));
    return times;
  });
}

Result<std::map<AccountName, int>> SqliteStore::sent_by_account_since(WallTime time) {
  return as_result([&] {
    std::map<AccountName, int> counts;
    // Two index look-ups a lane instead of a walk through the rows; what is void was never sent.
    auto query = sql_->use(
        "SELECT from_account, sum(sent - void) FROM (SELECT from_account, "
        "(SELECT count(*) FROM canaries INDEXED BY canaries_by_lane WHERE lane = l.key AND sent_at >= ?1) AS sent, "
        "(SELECT count(*) FROM canaries INDEXED BY canaries_open_or_void WHERE fate = 9 AND lane = l.key AND sent_at "
        ">= ?1) "
        "AS void FROM lanes l) GROUP BY from_account HAVING sum(sent - void) > 0");
    query.with(time);
    while (query.next()) counts.emplace(query.text(0), static_cast<int>(query.number(1)));
    return counts;
  });
}

std::optional<Error> unknown_length(Duration length) {
  if (std::find(rollup_lengths.begin(), rollup_lengths.end(), length) != rollup_lengths.end()) return std::nullopt;
  return Error{ErrorKind::invalid_input, "read rollups: there are those of 5 minutes, 1 hour and 1 day only"};
}

Result<std::vector<Rollup>> SqliteStore::rollups(Duration length, WallTime from) {
  if (auto error = unknown_length(length)) return *error;
  return as_result([&] {
    Transaction view(*sql_, Transaction::Kind::read);
    return read_rollups(*sql_, length, from);
  });
}

Result<TrafficRecord> SqliteStore::traffic(WallTime from) {
  return as_result([&] {
    Transaction view(*sql_, Transaction::Kind::read);
    return read_traffic(*sql_, from);
  });
}

Result<std::vector<std::uint64_t>> SqliteStore::counted_marks(const AccountName& account, std::vector<std::uint64_t> of_these) {
  return as_result([&] {
    std::erase_if(of_these, [&](std::uint64_t mark) { return !is_counted(*sql_, account, mark); });
    return of_these;
  });
}

Result<std::map<AccountName, std::string>> SqliteStore::sent_places() {
  return as_result([&] { return read_sent_places(*sql_); });
}

Result<void> SqliteStore::each_slot(Duration length, WallTime from, WallTime until, Times times,
                                    const std::function<void(const LaneSlot&)>& call) {
  if (auto error = unknown_length(length)) return *error;
  return as_result([&]() -> Result<void> {
    Transaction view(*sql_, Transaction::Kind::read);
    each_rollup(*sql_, length, from, until, times, call);
    return {};
  });
}

Result<std::vector<Lane>> SqliteStore::lanes() {
  return as_result([&] {
    std::vector<Lane> lanes;
    auto query = sql_->use("SELECT key, route, from_account, to_account, vantage FROM lanes ORDER BY key");
    while (query.next())
      lanes.push_back({query.number(0), RouteName(query.text(1)), AccountName(query.text(2)), AccountName(query.text(3)),
                       query.text(4)});
    return lanes;
  });
}

Result<KeptFrom> SqliteStore::kept_from() {
  return as_result([&] {
    return KeptFrom{canaries_kept_from(*sql_), rollups_kept_from(*sql_, rollup_lengths[0]),
                    rollups_kept_from(*sql_, rollup_lengths[1]), rollups_kept_from(*sql_, rollup_lengths[2])};
  });
}

Result<Books> SqliteStore::books_of_days(WallTime from, WallTime until) {
  return as_result([&] {
    Transaction view(*sql_, Transaction::Kind::read);
    return balance_days(*sql_, from, until);
  });
}

Result<Books> SqliteStore::audit(WallTime now) {
  return as_result([&] {
    Transaction view(*sql_, Transaction::Kind::read);
    return audit_books(*sql_, now);
  });
}

Result<LedgerStore::Work> SqliteStore::retire(const Retention& retention, WallTime now) {
  return as_result([&] { return retire_step(*sql_, retention, now); });
}

}  // namespace

Result<std::unique_ptr<LedgerStore>> open_sqlite_store(const SqliteOptions& options) {
  if (const auto ready = ready_ledger_file(options.path, options.how); !ready) return ready.error();
  return as_result([&]() -> Result<std::unique_ptr<LedgerStore>> {
    const SqlMode mode = options.how == LedgerOpen::read_only ? SqlMode::read_only : SqlMode::read_write;
    auto sql = std::make_unique<Sql>(options.path, mode, options.patience);
    if (const auto usable = prepare_connection(*sql, options.how); !usable) return usable.error();
    return std::unique_ptr<LedgerStore>(std::make_unique<SqliteStore>(std::move(sql)));
  });
}

Result<std::unique_ptr<LedgerStore>> open_sqlite_ledger(const std::filesystem::path& path, LedgerOpen how) {
  return open_sqlite_store({path, how});
}

Result<std::unique_ptr<LedgerStore>> open_memory_ledger() {
  return as_result([&]() -> Result<std::unique_ptr<LedgerStore>> {
    auto sql = std::make_unique<Sql>(":memory:", SqlMode::read_write, Duration::zero());
    if (const auto usable = update_schema(*sql); !usable) return usable.error();
    return std::unique_ptr<LedgerStore>(std::make_unique<SqliteStore>(std::move(sql)));
  });
}

}  // namespace mailcanary
