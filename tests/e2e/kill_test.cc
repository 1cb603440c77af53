// `kill -9` at any moment costs no canary.
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include "tests/catch.h"
#include "tests/e2e/watch.h"

using namespace mailcanary::testbed;
using namespace std::chrono_literals;

namespace {

const std::string three_accounts = "[shop, watch, desk]";

unsigned chosen_seed() {
  const char* given = std::getenv("MAILCANARY_TEST_SEED");
  return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device()();
}

// How often each canary came to a mailbox, as Dovecot tells it. Its id is the beginning of the Message-ID.
std::map<std::string, int> arrivals_by_id(const MailBed& bed) {
  std::map<std::string, int> arrivals;
  for (const auto& arrival : bed.arrivals()) ++arrivals[arrival.message_id.substr(0, 26)];
  return arrivals;
}

}  // namespace

TEST_CASE("a hundred kills at random moments cost no canary and count none twice") {
  const unsigned seed = chosen_seed();
  std::cout << "kill test: MAILCANARY_TEST_SEED=" << seed << " repeats it\n";
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> lifetime(50, 600);

  const MailBed bed({{"shop", "watch", "desk"}, 0});
  Watch watch({account_of(bed, "shop"), account_of(bed, "watch"), account_of(bed, "desk")},
              "\nroutes:\n  - {mesh: " + three_accounts + ", every: 1s, late_after: 5s, lost_after: 15s}\n");
  for (int i = 0; i < 100; ++i) {
    Process run(watch.command({"run"}));
    const auto ended = run.wait(std::chrono::milliseconds(lifetime(random)));
    if (ended) FAIL("run " << i << " ended by itself: " << ended->err);
    run.signal(SIGKILL);
    REQUIRE(run.wait(patience).has_value());
  }

  // A clean run that sends nothing more, until everything is settled.
  watch.configure("\nroutes:\n  - {mesh: " + three_accounts + ", every: 30d, late_after: 5s, lost_after: 15s}\n");
  Daemon daemon(watch);
  CHECK(eventually([&] { return balanced_books(watch)["fates"]["pending"] == 0; }));
  CHECK(eventually([&] {
    return messages_in(bed, "shop").size() + messages_in(bed, "watch").size() + messages_in(bed, "desk").size() == 0;
  }));
  CHECK(daemon.stop().exit_code == 0);

  const auto books = balanced_books(watch);
  const auto arrivals = arrivals_by_id(bed);
  CAPTURE(books.dump());
  CHECK(books["sent"] > 0);
  CHECK(books["fates"]["lost"] == 0);

  std::set<std::string> known;
  int arrived = 0;
  for (const std::string route : {"shop-watch", "shop-desk", "watch-shop", "watch-desk", "desk-shop", "desk-watch"}) {
    for (const auto& canary : watch.canaries(route)) {
      const std::string id = canary["id"], fate = canary["fate"];
      CAPTURE(canary.dump());
      CHECK(known.insert(id).second);
      const auto came = arrivals.find(id);
      if (came == arrivals.end()) {
        CHECK_FALSE(canary["arrived_at"].is_string());
        continue;
      }
      ++arrived;
      CHECK((fate == "delivered" || fate == "late"));
      CHECK(canary["duplicates"] == came->second - 1);
    }
  }
  CHECK(arrived == static_cast<int>(arrivals.size()));  // nothing arrived that the ledger had not recorded before
  std::cout << "kill test: " << known.size() << " canaries, " << arrived << " arrived, " << books["fates"].dump() << "\n";
}
