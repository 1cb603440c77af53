// Where late canaries waited, by the lines of their hops, and what that says of the culprit.
#include <sstream>

#include "config/load.h"
#include "monitor/evidence/evidence.h"
#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

const WallTime noon = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)) + 12h;

const Config& pair() {
  static const Loaded loaded = load_config_text(R"(
secret: 0123456789012345678901234567890123456789
accounts:
  shop: {provider: acme, address: canary@shop.example, smtp: "smtps://smtp.acme.example", imap: "imaps://imap.acme.example", password: x}
  watch: {provider: bolt, address: w@watch.example, smtp: "smtps://mail.co.example", imap: "imaps://localhost", password: x}
routes: [{mesh: [shop, watch]}]
)", "mc.yaml", LoadEffect::read_only);
  REQUIRE(loaded.ok());
  return loaded.config;
}

// "mx.acme.example+0 relay.example+20 imap": each host and when it stamped, in minutes; the last number is the arrival.
Canary canary(const std::string& way) {
  Canary made;
  made.id = CanaryId("01");
  made.route = RouteName("shop-watch");
  made.sent_at = noon;
  made.accepted_at = noon + 1s;
  std::istringstream words(way);
  for (std::string word; words >> word;) {
    const auto plus = word.find('+');
    std::optional<WallTime> at;
    if (word.substr(plus + 1) != "?") at = noon + std::chrono::minutes(std::stoi(word.substr(plus + 1)));
    if (plus == 0) {
      made.arrived_at = at;
      continue;
    }
    Hop hop;
    hop.by = word.substr(0, plus);
    hop.at = at;
    made.hops.push_back(std::move(hop));
  }
  return made;
}

}  // namespace

TEST_CASE("who held a canary up is read from its hops") {
  struct Row {
    const char* sentence;
    const char* way;
    Holder holder;
  };
  const Row rows[] = {
      {"in the sender's queue", "smtp.acme.example+0 mx.bolt.example+60 +60", Holder::sender},
      {"in the second of the sender's hosts", "smtp.acme.example+0 out.acme.example+1 mx.watch.example+60 +60", Holder::sender},
      {"by the domain of its addresses", "relay.shop.example+0 mx.watch.example+60 +60", Holder::sender},
      {"at the recipient's door it waits for the mailbox", "smtp.acme.example+0 mx.watch.example+1 +60", Holder::receiver},
      {"in a scanner behind the recipient's door", "smtp.acme.example+0 mx.watch.example+1 scan.filter.example+2 store.watch.example+60 +61", Holder::receiver},
      {"between the two, at somebody else's", "smtp.acme.example+0 relay.example+1 mx.watch.example+60 +60", Holder::unknown},
      {"half here and half there", "smtp.acme.example+0 mx.watch.example+30 +60", Holder::unknown},
      {"hosts of nobody we know", "one.example+0 two.example+60 +60", Holder::unknown},
      {"a line without a time", "smtp.acme.example+? mx.watch.example+60 +60", Holder::unknown},
      {"no lines at all", "+60", Holder::unknown},
      {"not there yet", "smtp.acme.example+0 mx.watch.example+1", Holder::unknown},
      {"a name that only ends like it", "smtp.notacme.example+0 mx.watch.example+60 +60", Holder::unknown},
      {"a sender's clock that is an hour slow", "smtp.acme.example+-60 mx.watch.example+1 +31", Holder::unknown},
      {"a sender's clock that is an hour fast", "smtp.acme.example+60 mx.watch.example+90 +90", Holder::unknown},
      {"a recipient's clock that is slow", "smtp.acme.example+0 mx.watch.example+-30 +60", Holder::unknown},
      {"its name for itself is anybody's", "smtp.acme.example+0 localhost+1 +60", Holder::unknown},
      {"below a registry's name everybody may be", "mx.other.co.example+0 smtp.acme.example+60 +60", Holder::unknown},
  };
  for (const auto& row : rows) {
    INFO(row.sentence << ": " << row.way);
    CHECK(holder_of(canary(row.way), *pair().account(AccountName("shop")), *pair().account(AccountName("watch"))) == row.holder);
  }
}

TEST_CASE("between two accounts no canary tells the sender's queue from the recipient's, but its hops do") {
  struct Row {
    const char* way;
    const char* provider;
    const char* leg;
  };
  const Row rows[] = {{"smtp.acme.example+0 mx.watch.example+90 +90", "acme", "outbound"},
                      {"smtp.acme.example+0 mx.watch.example+1 +90", "bolt", "inbound"},
                      {"one.example+0 two.example+90 +90", "", "unknown"}};
  for (const auto& row : rows) {
    INFO(row.way);
    Evidence evidence(pair(), 14);
    const AccountName watch("watch");
    std::vector<Canary> out;
    WallTime now = noon;
    for (int i = 0; i < 8; ++i, now += 1min) {
      Canary one = canary("");
      one.id = CanaryId("0" + std::to_string(i));
      one.sent_at = now;
      one.accepted_at = now + 1s;
      evidence.note(one, now);
      out.push_back(one);
      evidence.looked(watch, now + 30s);
      evidence.weigh(now + 30s);
    }
    REQUIRE(evidence.disruptions().size() == 1);
    CHECK(evidence.disruptions().front().blame.provider.empty());
    for (auto& one : out) {
      one.hops = canary(row.way).hops;
      for (auto& hop : one.hops) *hop.at += one.sent_at - noon;
      one.arrived_at = one.sent_at + 90min;
      one.fate = Fate::late;
      one.round_trip = *one.arrived_at - one.sent_at;
      evidence.note(one, noon + 100min);
    }
    evidence.weigh(noon + 100min);
    REQUIRE(evidence.disruptions().size() == 1);
    const Disruption& disruption = evidence.disruptions().front();
    CHECK(disruption.blame.provider.str() == row.provider);
    CHECK(std::string(name_of(disruption.blame.leg)) == row.leg);
    const bool says = evidence.words(disruption).find("say where they waited") != std::string::npos;
    CHECK(says == (std::string(row.provider) != ""));
  }
}
