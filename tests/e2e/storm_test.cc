// `kill -9` at any moment, while incidents come and go and the webhook fails half the time, costs no notice. And what cannot
// be recorded is said. A shell script plays the mail provider, so that a storm takes seconds.
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <vector>

#include <sys/resource.h>

#include "monitor/ledger.h"
#include "tests/catch.h"
#include "tests/e2e/folder_provider.h"
#include "tests/e2e/watch.h"
#include "tests/e2e/web_receiver.h"

using namespace mailcanary::testbed;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

unsigned chosen_seed() {
  const char* given = std::getenv("MAILCANARY_TEST_SEED");
  return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device()();
}

std::string loop_and_hook(const WebReceiver& receiver) {
  // A canary whose submission a kill cuts off may keep its incident open until it is lost; that must not take long here.
  return "\nroutes:\n  - {from: shop, to: shop, name: loop, every: 1s, late_after: 5s, lost_after: 15s}\n"
         "rules:\n  - {name: broken, measure: consecutive_failures, above: 1, impact: major, recover: 1}\n"
         "flap_hold: 0s\n"
         "channels:\n  hook: {webhook: {url: \"" + receiver.url() + "\", secret: \"" + secret + "\"}}\n";
}

std::unique_ptr<mailcanary::LedgerStore> ledger_of(const Watch& watch) {
  auto store = mailcanary::open_sqlite_ledger(watch.file().parent_path() / "mailcanary.db", mailcanary::LedgerOpen::read_only);
  REQUIRE(store);
  return std::move(*store);
}

// What came for one incident: the notices by id as they were first taken, and every post's id and body.
struct Heard {
  std::vector<int> sequences;  // of those taken, each once, in the order of their first arrival
  std::vector<std::string> kinds;
};

std::string header_of(const Post& post, const std::string& name) {
  const auto found = post.headers.find(name);
  return found == post.headers.end() ? "" : found->second;
}

}  // namespace

TEST_CASE("two hundred kills in a storm of incidents, with a webhook that fails half the time, cost no notice") {
  using mailcanary::Notice, mailcanary::NoticeKind, mailcanary::NoticeState;
  const unsigned seed = chosen_seed();
  std::cout << "storm test: MAILCANARY_TEST_SEED=" << seed << " repeats it\n";
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> lifetime(10, 220);

  const FolderProvider provider;
  WebReceiver receiver;
  receiver.fail_half(seed);
  const Watch watch({provider.account()}, loop_and_hook(receiver));
  auto wave_ends = std::chrono::steady_clock::now();
  bool down = false;
  for (int i = 0; i < 200; ++i) {
    if (std::chrono::steady_clock::now() >= wave_ends) {
      down = !down;
      down ? provider.go_down() : provider.come_back();
      wave_ends += 3s;
    }
    Process run(watch.command({"run"}));
    // Half of them die while they start, half at work, however slow the machine is.
    if (random() % 2 == 0) run.wait_for_output("running: ", patience);
    const auto ended = run.wait(std::chrono::milliseconds(lifetime(random)));
    if (ended) FAIL("run " << i << " ended by itself: " << ended->err);
    run.signal(SIGKILL);
    REQUIRE(run.wait(patience).has_value());
  }

  // A clean run, until all is well and everything is told. A notice that was refused often waits for its turn longer than
  // anything else here.
  provider.come_back();
  receiver.answer_with(200);
  {
    Daemon daemon(watch);
    CHECK(eventually([&] {
      const auto store = ledger_of(watch);
      const auto queued = store->queued_notices();
      const auto incidents = store->incidents_since({});
      return queued && queued->empty() && incidents && std::none_of(incidents->begin(), incidents->end(), [](const auto& incident) { return incident.open(); });
    }, 4min));
    CHECK(daemon.stop().exit_code == 0);
  }

  std::map<std::string, std::string> bodies;                 // by idempotency key
  std::map<std::string, std::set<std::string>> keys;         // by incident and number
  std::map<std::string, Heard> heard;                        // by incident
  std::set<std::string> taken;
  int refused = 0;
  for (const auto& post : receiver.posts()) {
    const std::string id = header_of(post, "webhook-id");
    const json data = post.json().at("data");
    const std::string incident = data.at("id");
    const int sequence = data.at("notice").at("sequence");
    CHECK(bodies.try_emplace(id, post.body).first->second == post.body);
    keys[incident + "/" + std::to_string(sequence)].insert(id);
    refused += post.answered == 200 ? 0 : 1;
    if (post.answered != 200 || !taken.insert(id).second) continue;
    heard[incident].sequences.push_back(sequence);
    heard[incident].kinds.push_back(data.at("notice").at("kind"));
  }
  for (const auto& [place, ids] : keys) {
    CAPTURE(place);
    CHECK(ids.size() == 1);  // repeats carry the same key
  }

  const auto store = ledger_of(watch);
  const auto incidents = store->incidents_since({});
  REQUIRE(incidents);
  CHECK(incidents->size() >= 2);
  std::size_t collapsed = 0;
  for (const auto& incident : *incidents) {
    CAPTURE(incident.id.str());
    const auto notices = store->notices_of(incident.id);
    REQUIRE(notices);
    for (const Notice& notice : *notices) {
      CAPTURE(notice.id.str(), name_of(notice.kind), name_of(notice.state), notice.reason);
      if (notice.state == NoticeState::held) continue;
      if (notice.state == NoticeState::collapsed && notice.kind != NoticeKind::resolved) {
        ++collapsed;  // by one that was told
        continue;
      }
      CHECK(notice.state == NoticeState::delivered);
      CHECK(taken.contains(notice.id.str()));
    }
    const Heard& told = heard[incident.id.str()];
    CHECK(std::is_sorted(told.sequences.begin(), told.sequences.end()));
    REQUIRE_FALSE(told.kinds.empty());
    CHECK(told.kinds.back() == "resolved");
  }
  for (const auto& [incident, told] : heard)  // nobody heard of an incident that the ledger does not know
    CHECK(std::any_of(incidents->begin(), incidents->end(), [&](const auto& known) { return known.id.str() == incident; }));
  std::cout << "storm test: " << incidents->size() << " incidents, " << taken.size() << " notices taken, " << refused
            << " posts refused, " << collapsed << " collapsed\n";
}

TEST_CASE("a notice that is being told when the daemon stops is not told again by the next one") {
  const FolderProvider provider;
  WebReceiver receiver;
  receiver.answer_after(700ms);
  const Watch watch({provider.account()}, loop_and_hook(receiver));
  {
    Daemon daemon(watch);
    REQUIRE(eventually([&] { return watch.canaries("loop").size() >= 2; }));
    provider.go_down();
    REQUIRE(eventually([&] { return !receiver.posts_of("opened").empty(); }));
    CHECK(daemon.stop().exit_code == 0);
  }
  const auto queued = ledger_of(watch)->queued_notices();
  REQUIRE(queued);
  CHECK(std::none_of(queued->begin(), queued->end(), [](const auto& notice) { return notice.kind == mailcanary::NoticeKind::opened; }));
}

TEST_CASE("a ledger that cannot grow any more is told to people, on the page, in metrics and in the log, and ends when it can") {
  const FolderProvider provider;
  const WebReceiver receiver;
  const Watch watch({provider.account()}, loop_and_hook(receiver));
  {
    Daemon daemon(watch);
    REQUIRE(eventually([&] { return watch.canaries("loop").size() >= 2; }));
    REQUIRE(eventually([&] { return get(watch, "/api/v2/components.json").body.find("Not measured") == std::string::npos; }));
    // As a full disk: no file of this process may grow beyond what the ledger's log has now.
    const auto log_size = fs::file_size(watch.file().parent_path() / "mailcanary.db-wal");
    const rlimit no_growth{log_size, RLIM_INFINITY}, unlimited{RLIM_INFINITY, RLIM_INFINITY};
    REQUIRE(::prlimit(daemon.pid(), RLIMIT_FSIZE, &no_growth, nullptr) == 0);
    CHECK(eventually([&] { return get(watch, "/metrics").body.find("mailcanary_ledger_up 0\n") != std::string::npos; }));
    CHECK(get(watch, "/healthz").status == 503);
    CHECK(eventually([&] { return get(watch, "/api/v2/components.json").body.find("Not measured at the moment") != std::string::npos; }));
    CHECK(daemon.log().find("the ledger cannot record: ") != std::string::npos);
    REQUIRE(::prlimit(daemon.pid(), RLIMIT_FSIZE, &unlimited, nullptr) == 0);
    CHECK(eventually([&] { return get(watch, "/metrics").body.find("mailcanary_ledger_up 1\n") != std::string::npos; }));
    CHECK(daemon.log().find("the ledger records again") != std::string::npos);
    CHECK(daemon.stop().exit_code == 0);
  }
  balanced_books(watch);
}

TEST_CASE("a ledger that somebody else holds is a clear end, not silence") {
  const FolderProvider provider;
  const WebReceiver receiver;
  const Watch watch({provider.account()}, loop_and_hook(receiver));
  const Daemon daemon(watch);
  for (const char* command : {"run", "tick"}) {
    CAPTURE(command);
    const auto second = watch.tell({command});
    CHECK(second.exit_code == 1);
    CHECK(second.err.find("another mailcanary already works on this ledger and goes on undisturbed") != std::string::npos);
  }
  // Readers are not kept out.
  CHECK(watch.tell({"status"}).exit_code == 0);
}

TEST_CASE("a ledger that another program locks is said, and recording goes on when it lets go") {
  const FolderProvider provider;
  const WebReceiver receiver;
  const Watch watch({provider.account()}, loop_and_hook(receiver));
  Daemon daemon(watch);
  REQUIRE(eventually([&] { return !watch.canaries("loop").empty(); }));
  {
    // Holds the write lock until its input ends.
    Process locker({{"sh", "-c", "(echo 'BEGIN IMMEDIATE;'; echo 'SELECT 1;'; sleep 3600) | sqlite3 \"$0\"",
                     (watch.file().parent_path() / "mailcanary.db").string()}, {}, {}, {}});
    CHECK(eventually([&] { return get(watch, "/healthz").status == 503; }));
    CHECK(get(watch, "/healthz").body == "the ledger cannot record\n");
    CHECK(daemon.log().find("the ledger cannot record: ") != std::string::npos);
  }
  CHECK(eventually([&] { return get(watch, "/healthz").status == 200; }));
  CHECK(daemon.stop().exit_code == 0);
  balanced_books(watch);
}
