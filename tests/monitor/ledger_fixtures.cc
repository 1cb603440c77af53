#include "tests/monitor/ledger_fixtures.h"

#include <cstdlib>

#include <fmt/format.h>

#include "core/crypto.h"

namespace mailcanary::test {
namespace {

template <class T>
std::string shown(const std::optional<T>& value) {
  if (!value) return "-";
  if constexpr (std::is_same_v<T, WallTime>)
    return fmt::format("{}", value->time_since_epoch().count());
  else
    return fmt::format("{}", value->count());
}

std::string micros(WallTime time) { return shown(std::optional(time)); }

template <class Id>
std::string names(const std::vector<Id>& ids) {
  std::string all;
  for (const Id& id : ids) all += id.str() + ",";
  return all;
}

// The time and a digest of the name, so that ids are alike in every run.
std::string ulid_named(WallTime time, const std::string& name) {
  std::string id = make_ulid(time).substr(0, 10);
  constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  for (const char byte : sha256(name).substr(0, 16)) id += alphabet[static_cast<unsigned char>(byte) & 31u];
  return id;
}

}  // namespace

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "mailcanary-ledger-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}
Folder::~Folder() { std::filesystem::remove_all(path_); }

std::unique_ptr<LedgerStore> open_ledger(const std::filesystem::path& path) {
  auto store = open_sqlite_ledger(path, LedgerOpen::create_or_migrate);
  INFO((store ? "" : store.error().message));
  REQUIRE(store);
  return std::move(*store);
}

Canary canary(int n, const std::string& route) {
  Canary canary;
  canary.sent_at = day_zero + std::chrono::minutes(n) + 123457us;
  canary.id = CanaryId(ulid_named(canary.sent_at, route + std::to_string(n)));
  canary.route = RouteName(route);
  const auto dash = route.find('-');
  canary.from = AccountName(route.substr(0, dash));
  canary.to = AccountName(route.substr(dash + 1));
  canary.vantage = "fra1";
  canary.late_after = 60s;
  canary.lost_after = 4h;
  return canary;
}

Canary accepted(Canary canary) {
  canary.accepted_at = canary.sent_at + 121ms;
  canary.smtp_reply = "250 2.0.0 Ok: queued as 4XyZ";
  canary.stages = {{Stage::resolve, 1200us, ""},
                   {Stage::connect, 20ms, ""},
                   {Stage::tls, 31ms, ""},
                   {Stage::auth, 15ms, ""},
                   {Stage::submit, 54ms, ""}};
  return canary;
}

Canary settled(Canary canary, Fate fate, Duration took) {
  canary.fate = fate;
  canary.reason = std::string("it is ") + name_of(fate);
  canary.settled_at = canary.sent_at + took + 40ms;
  if (arrived(fate)) {
    canary.arrived_at = canary.sent_at + took;
    canary.seen_at = *canary.arrived_at + 35ms;
    canary.round_trip = took;
    canary.arrival_source = ArrivalSource::push;
    canary.resolution = 100ms;
    canary.clock_skew = -12ms;
    canary.folder = fate == Fate::junked ? "Junk" : "INBOX";
    canary.hops = {
        {"shop.example", "mx.watch.example", "ESMTPS", "clock 2 s ahead", canary.sent_at + 1s, -2s, "TLSv1.3"},
        {"mx.watch.example", "imap.watch.example", "LMTP", "", std::nullopt, std::nullopt, ""}};
    canary.verdicts = {"pass", "pass", "none"};
    if (fate == Fate::late) canary.changes = {"a footer of 80 bytes was added", "Subject was removed"};
    if (fate == Fate::junked) canary.verdicts.spam = "spam, score 7.2 of 5 (X-Spam-Status)";
  }
  if (fate == Fate::bounced) {
    BounceReport bounce;
    bounce.kind = BounceReport::Kind::failed;
    bounce.recipient = "watch@other.example";
    bounce.action = "failed";
    bounce.status = "5.1.1";
    bounce.reply = "550 5.1.1 no such user";
    bounce.reason = "mailbox-unknown";
    bounce.diagnostic = "smtp; 550 5.1.1 no such user";
    bounce.reporting_mta = "mx.shop.example";
    bounce.remote_mta = "mx.other.example";
    bounce.hard = true;
    canary.bounce = bounce;
  }
  if (fate == Fate::unreachable)
    canary.stages = {{Stage::resolve, 900us, ""}, {Stage::connect, std::nullopt, "connection refused"}};
  return canary;
}

Batch sent(std::vector<Canary> canaries) {
  Batch batch;
  batch.sent = std::move(canaries);
  return batch;
}

Batch changed(std::vector<Canary> canaries) {
  Batch batch;
  batch.changed = std::move(canaries);
  return batch;
}

Incident incident(int n) {
  Incident incident;
  incident.opened_at = day_zero + std::chrono::hours(n);
  incident.updated_at = incident.opened_at + 5min;
  incident.began_at = incident.opened_at - 4min;
  incident.id = IncidentId(ulid_named(incident.opened_at, "incident" + std::to_string(n)));
  incident.key = "example-mail.submit";
  incident.title = "Example Mail: mail is not accepted";
  incident.impact = Impact::major;
  incident.status = IncidentStatus::identified;
  incident.acknowledged_at = incident.opened_at + 1min;
  incident.blame = {ProviderName("example"), AccountName("shop"), Leg::submit, false};
  incident.routes = {RouteName("shop-watch"), RouteName("shop-other")};
  incident.failing = {RouteName("shop-other")};
  incident.components = {ProviderName("example")};
  incident.rule = "outage";
  incident.reason = "3 of 3 canaries failed over 15 min (limit 50%)";
  incident.first_error = "connect to mx.example port 465: connection refused";
  incident.evidence = {canary(1).id, canary(2).id};
  incident.counts = {3, 3, 1, 0};
  incident.updates = {{incident.opened_at, IncidentStatus::investigating, "for us: mx.example", "for all"},
                      {incident.updated_at, IncidentStatus::identified, "it is submit", "it is known"}};
  return incident;
}

Notice notice(const Incident& incident, int sequence, NoticeKind kind, const std::string& channel) {
  Notice notice;
  notice.created_at = incident.opened_at + std::chrono::seconds(sequence);
  notice.id = NoticeId(ulid_named(notice.created_at, incident.id.str() + channel + std::to_string(sequence)));
  notice.incident = incident.id;
  notice.incident_key = incident.key;
  notice.channel = ChannelName(channel);
  notice.kind = kind;
  notice.sequence = sequence;
  notice.status = incident.status;
  notice.impact = incident.impact;
  notice.title = incident.title;
  notice.text = "3 of 3 canaries failed\nsince 12:00 \"UTC\"";
  notice.url = "https://status.example/#incident";
  notice.detail = R"({"key":"example-mail.submit"})";
  notice.reason = "first: 3 of 3";
  notice.attempts = 2;
  notice.next_attempt_at = notice.created_at + 10s;
  notice.last_error = "503 Service Unavailable";
  notice.remote_ref = "171.22";
  return notice;
}

void commit(LedgerStore& store, const Batch& batch) {
  const auto done = store.commit({&batch});
  INFO((done ? "" : done.error().message));
  REQUIRE(done);
}

Books audit(LedgerStore& store) {
  auto books = store.audit(day_zero + 1h);
  REQUIRE(books);
  return std::move(*books);
}

Canary found(LedgerStore& store, const CanaryId& id) {
  auto canary = store.find(id);
  REQUIRE(canary);
  INFO("canary " << id.str());
  REQUIRE(canary->has_value());
  return **canary;
}

std::string describe(const Canary& c) {
  std::string text = fmt::format(
      "{} {} {} {} {} late_after={} lost_after={} sent={} accepted={} arrived={} seen={} settled={} source={} "
      "resolution={} "
      "skew={} took={} fate={} reason={} duplicates={} folder={} reply={} verdicts={}/{}/{} spam={}",
      c.id.str(), c.route.str(), c.from.str(), c.to.str(), c.vantage, c.late_after.count(), c.lost_after.count(),
      micros(c.sent_at), shown(c.accepted_at), shown(c.arrived_at), shown(c.seen_at), shown(c.settled_at),
      name_of(c.arrival_source), shown(c.resolution), shown(c.clock_skew), shown(c.round_trip), name_of(c.fate),
      c.reason, c.duplicates, c.folder, c.smtp_reply, c.verdicts.spf, c.verdicts.dkim, c.verdicts.dmarc,
      c.verdicts.spam);
  for (const auto& s : c.stages) text += fmt::format(" stage[{} {} {}]", name_of(s.stage), shown(s.took), s.error);
  for (const auto& h : c.hops)
    text +=
        fmt::format(" hop[{} {} {} {} {} {} {}]", h.from, h.by, h.protocol, h.note, shown(h.at), shown(h.delay), h.tls);
  if (c.purpose != CanaryPurpose::scheduled) text += fmt::format(" purpose={}", static_cast<int>(c.purpose));
  for (const auto& change : c.changes) text += fmt::format(" change[{}]", change);
  if (const auto& b = c.bounce)
    text += fmt::format(" bounce[{} {} {} {} {} {} {} {} {} {}]", static_cast<int>(b->kind), b->recipient, b->action,
                        b->status, b->reply, b->reason, b->diagnostic, b->reporting_mta, b->remote_mta, b->hard);
  return text;
}

std::string describe(const Incident& i) {
  std::string text = fmt::format(
      "{} {} {} impact={} status={} opened={} updated={} began={} resolved={} acknowledged={} blame={}/{}/{}/{} "
      "routes={} "
      "failing={} components={} rule={} reason={} error={} evidence={} counts={}/{}/{}/{}",
      i.id.str(), i.key, i.title, static_cast<int>(i.impact), static_cast<int>(i.status), micros(i.opened_at),
      micros(i.updated_at), micros(i.began_at), shown(i.resolved_at), shown(i.acknowledged_at), i.blame.provider.str(),
      i.blame.account.str(), static_cast<int>(i.blame.leg), i.blame.self, names(i.routes), names(i.failing),
      names(i.components), i.rule, i.reason, i.first_error, names(i.evidence), i.counts.canaries, i.counts.failed,
      i.counts.overdue, i.counts.delayed_arrived);
  for (const auto& u : i.updates)
    text += fmt::format(" update[{} {} {} {}]", micros(u.at), static_cast<int>(u.status), u.text, u.public_text);
  return text;
}

std::string describe(const Notice& n) {
  return fmt::format(
      "{} {} {} {} kind={} sequence={} status={} impact={} created={} title={} text={} url={} detail={} state={} "
      "reason={} "
      "attempts={} next={} delivered={} error={} ref={}",
      n.id.str(), n.incident.str(), n.incident_key, n.channel.str(), static_cast<int>(n.kind), n.sequence,
      static_cast<int>(n.status), static_cast<int>(n.impact), micros(n.created_at), n.title, n.text, n.url, n.detail,
      static_cast<int>(n.state), n.reason, n.attempts, shown(n.next_attempt_at), shown(n.delivered_at), n.last_error,
      n.remote_ref);
}

std::string describe(const std::vector<Rollup>& rollups) {
  std::string text;
  for (const Rollup& rollup : rollups) {
    text += fmt::format("{} {} +{}:", rollup.route.str(), format_time(rollup.start).substr(0, 16),
                        format_duration(rollup.length));
    for (const auto& [fate, count] : rollup.by_fate) text += fmt::format(" {}={}", name_of(fate), count);
    text += fmt::format(" arrived={}\n", rollup.round_trip.count());
  }
  return text;
}

std::vector<std::string> ids(const std::vector<Canary>& canaries) {
  std::vector<std::string> ids;
  for (const Canary& canary : canaries) ids.push_back(canary.id.str());
  return ids;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

void tamper(const std::filesystem::path& path, const std::string& statements) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  char* words = nullptr;
  const int code = sqlite3_exec(database, statements.c_str(), nullptr, nullptr, &words);
  const std::string said = words ? words : "";
  sqlite3_free(words);
  sqlite3_close(database);
  INFO(said);
  REQUIRE(code == SQLITE_OK);
}

}  // namespace mailcanary::test
