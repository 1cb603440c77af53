// kill -9 at any moment: what was acknowledged is there, and the books balance.
#include <random>

#include "tests/monitor/child_process.h"
#include "tests/monitor/ledger_fixtures.h"

using namespace mailcanary;
using namespace mailcanary::test;

namespace {

Retention short_retention() {
  Retention retention;
  retention.canaries = 12h;
  retention.rollups_5m = 6h;
  return retention;
}

// Sends, accepts, settles, opens and resolves incidents, rolls up and retires, and says so after every commit.
void work_until_killed(const std::filesystem::path& path, int round, int out) {
  auto store = open_sqlite_ledger(path, LedgerOpen::create_or_migrate);
  if (!store) return write_line(out, "error " + store.error().message);
  const auto write = [&](const Batch& batch, const std::string& words) {
    const auto result = (*store)->commit({&batch});
    write_line(out, result ? words : "error " + result.error().message);
  };
  for (int n = round * 1000;; n += 3) {
    write(sent({canary(n), canary(n + 1), canary(n + 2)}), "sent " + std::to_string(n));
    Batch batch = changed({settled(accepted(canary(n)), Fate::delivered),
                           settled(accepted(canary(n + 1)), Fate::lost, 4h), accepted(canary(n + 2))});
    Incident about = incident(n);
    batch.incidents = {about};
    batch.notices = {notice(about, 1)};
    write(batch, "settled " + std::to_string(n));
    about.status = IncidentStatus::resolved;
    batch = changed({settled(accepted(canary(n + 1)), Fate::late, 5h)});
    batch.incidents = {about};
    batch.notices = {notice(about, 2, NoticeKind::resolved)};
    write(batch, "resolved " + std::to_string(n));
    // Thirty rounds of a thousand minutes: older rounds are retired while this one goes on.
    const auto work = (*store)->retire(short_retention(), canary(n).sent_at);
    if (!work) write_line(out, "error " + work.error().message);
  }
}

}  // namespace

TEST_CASE("killed thirty times at any moment, the ledger holds what it acknowledged and balances") {
  const Folder folder;
  const auto path = folder / "ledger.db";
  std::mt19937 random(20260301);
  std::int64_t rounds_sent = 0;
  for (int round = 0; round < 30; ++round) {
    CAPTURE(round);
    std::vector<std::string> acknowledged;
    {
      Child child([&](int out, int) { work_until_killed(path, round, out); });
      const auto lines = 1 + random() % 12;
      while (acknowledged.size() < lines) {
        acknowledged.push_back(child.read_line());
        REQUIRE(acknowledged.back() != "");
        REQUIRE_FALSE(acknowledged.back().starts_with("error"));
      }
      // Somewhere in the work that follows.
      random.discard(random() % 200'000);
      child.kill();
      for (std::string rest = child.read_line(); !rest.empty(); rest = child.read_line()) acknowledged.push_back(rest);
    }
    auto store = open_ledger(path);
    const Books books = audit(*store);
    REQUIRE(joined(books.faults) == "");
    rounds_sent = books.sent - rounds_sent;
    std::int64_t acknowledged_sent = 0;
    for (const std::string& line : acknowledged) {
      CAPTURE(line);
      const auto space = line.find(' ');
      const std::string what = line.substr(0, space);
      const int n = std::stoi(line.substr(space + 1));
      if (what == "sent") {
        acknowledged_sent += 3;
        CHECK(found(*store, canary(n + 2).id).fate == Fate::pending);
      } else if (what == "settled") {
        CHECK(found(*store, canary(n).id).fate == Fate::delivered);
        CHECK(found(*store, canary(n + 1).id).fate != Fate::pending);
        CHECK(found(*store, canary(n + 2).id).accepted_at.has_value());
        CHECK(store->notices_of(incident(n).id)->size() >= 1);
      } else {
        CHECK(found(*store, canary(n + 1).id).fate == Fate::late);
        CHECK((*store->incident(incident(n).id))->status == IncidentStatus::resolved);
        CHECK(store->notices_of(incident(n).id)->size() == 2);
      }
    }
    CHECK(rounds_sent >= acknowledged_sent);
    CHECK(rounds_sent <= acknowledged_sent + 3);
    rounds_sent = books.sent;
  }
}
