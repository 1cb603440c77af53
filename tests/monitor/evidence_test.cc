// The evidence: what a history of canaries is worth, which parts can be told apart, what is normal, and what is asked.
#include <sstream>

#include "monitor/evidence/evidence.h"
#include "tests/catch.h"
#include "tests/monitor/simulated.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

const WallTime noon = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)) + 12h;

// "ok", "bad" (happens once in 300 times when all is well), "slow" (once in 20), "other" (explained by another
// disruption); one canary every ten seconds.
double odds_of(const std::string& history, double* share = nullptr) {
  std::istringstream words(history);
  std::deque<Weight> weights;
  WallTime at = noon;
  for (std::string word; words >> word; at += 10s) {
    Weight weight;
    weight.sent_at = at;
    weight.bad = word != "ok";
    weight.odds = word == "ok" ? in_favour() : against(word == "slow" ? 0.05 : 0.003);
    weight.odds_in_blip = weight.odds;
    if (word == "other") weight.explained_by = 7;
    weights.push_back(weight);
  }
  std::vector<const Weight*> pointers;
  for (const auto& weight : weights) pointers.push_back(&weight);
  const Score score = score_of(pointers);
  if (share) *share = score.share;
  return score.odds;
}

// Names of the culprit: "acme submit", "acme/a1 inbound", "us", "nobody".
std::string text_of(const Blame& blame) {
  if (blame.self) return "us";
  if (blame.provider.empty()) return "nobody";
  return blame.provider.str() + (blame.account.empty() ? "" : "/" + blame.account.str()) + " " + name_of(blame.leg);
}

}  // namespace

TEST_CASE("a history is worth what chance would make of it") {
  struct Row {
    const char* sentence;
    const char* history;
    bool certain;
  };
  const Row rows[] = {
      {"all well", "ok ok ok ok", false},
      {"a lonely failure", "ok bad ok ok ok", false},
      {"two in a row may be chance", "ok ok bad bad", false},
      {"three that hardly ever happen are none", "ok ok bad bad bad", true},
      {"slow ones need to be more", "slow slow slow slow", false},
      {"but many of them are certain, too", "slow slow slow slow slow", true},
      {"one success among failures leaves a part that fails now and then", "bad bad ok bad bad", true},
      {"failures now and then", "bad ok ok ok ok bad ok ok bad ok ok ok bad ok bad", true},
      {"what has got well is no trouble", "bad bad bad ok ok ok ok ok ok ok ok ok ok ok ok", false},
      {"what another disruption explains counts for nothing", "ok other other other other", false},
  };
  for (const auto& row : rows) {
    INFO(row.sentence << ": " << row.history << " gives " << odds_of(row.history));
    CHECK((odds_of(row.history) >= 14) == row.certain);
  }
}

TEST_CASE("the share that fails is part of what is found") {
  double share = 0;
  odds_of("ok bad bad bad bad", &share);
  CHECK(share == 0.97);
  odds_of("bad ok ok ok ok bad ok ok ok ok bad ok ok ok ok bad ok ok ok bad", &share);
  CHECK(share == 0.2);
}

TEST_CASE("a blip that holds all mail up is weighed against a disruption") {
  std::deque<Weight> weights(4);
  std::vector<const Weight*> pointers;
  for (auto& weight : weights) {
    weight.sent_at = noon;
    weight.bad = true;
    weight.odds = against(0.003);
    weight.odds_in_blip = against(0.5);
    pointers.push_back(&weight);
  }
  CHECK(score_of(pointers).odds < 7);
  CHECK(score_of(pointers).odds_but_for_blips > 20);
}

TEST_CASE("a stream learns what is normal for it, and old times fade") {
  Normal normal;
  CHECK(normal.still_out(1s) == 1);
  for (int i = 0; i < 99; ++i) normal.arrived(3s);
  normal.never_came();
  CHECK(normal.still_out(2s) == Approx(1).margin(0.02));
  CHECK(normal.still_out(5s) == Approx(0.01).margin(0.001));
  for (int i = 0; i < 20000; ++i) normal.arrived(10s);
  CHECK(normal.still_out(5s) > 0.99);
}

TEST_CASE("failures of a habit are no news") {
  Habit calm, greylisting;
  for (int i = 0; i < 1000; ++i) {
    calm.seen(false);
    greylisting.seen(i % 10 == 0);
  }
  CHECK(calm.share() == 0.003);
  CHECK(greylisting.share() == Approx(0.1).margin(0.01));
}

TEST_CASE("parts that the same routes pass are one, and the culprit is what the suspects have in common") {
  const Parts parts = parts_of(test::mesh());  // a1 and a2 at acme, b at bolt, c at corp
  const auto part = [&](Stretch stretch, const std::string& name) {
    const auto found = std::find_if(parts.list.begin(), parts.list.end(), [&](const Part& one) {
      return one.stretch == stretch && std::any_of(one.names.begin(), one.names.end(), [&](const Blame& b) { return text_of(b) == name; });
    });
    INFO(name);
    REQUIRE(found != parts.list.end());
    return &*found;
  };
  const Part* acme = part(Stretch::handing_over, "acme submit");
  const Part* a1 = part(Stretch::handing_over, "acme/a1 submit");
  const Part* corp_in = part(Stretch::transit, "corp inbound");
  const Part* corp_out = part(Stretch::transit, "corp outbound");
  const Part* bolt_in = part(Stretch::transit, "bolt inbound");
  CHECK(acme->routes.size() == 6);
  CHECK(a1->routes.size() == 3);
  CHECK(corp_in->names.size() == 1);  // c alone is corp
  CHECK(text_of(common_blame({a1})) == "acme/a1 submit");
  CHECK(text_of(common_blame({acme, a1})) == "acme submit");
  CHECK(text_of(common_blame({corp_in, corp_out})) == "corp unknown");
  CHECK(text_of(common_blame({corp_in, bolt_in})) == "nobody");
  CHECK(text_of(common_blame({&parts.list[parts.ours]})) == "us");
  const auto everywhere = std::find_if(parts.list.begin(), parts.list.end(), [](const Part& one) {
    return one.stretch == Stretch::handing_over && !one.ours && one.routes.size() == 12;
  });
  REQUIRE(everywhere != parts.list.end());
  CHECK(text_of(common_blame({acme, &*everywhere})) == "nobody");
  CHECK(text_of(common_blame({acme, &parts.list[parts.ours]})) == "nobody");
}

TEST_CASE("to tell two suspects apart a route is asked that passes one of them only") {
  const Config& config = test::mesh();
  const Parts parts = parts_of(config);
  const auto number_of = [&](const std::string& leg, const std::string& provider) {
    for (std::size_t i = 0; i < parts.list.size(); ++i) {
      for (const auto& name : parts.list[i].names) {
        if (text_of(name) == provider + " " + leg) return i;
      }
    }
    FAIL("no such part");
    return std::size_t{0};
  };
  const auto route = telling_route(parts, {number_of("inbound", "corp"), number_of("outbound", "bolt")},
                                   Pursuit::all_fail, [](std::size_t) { return 0.0; });
  REQUIRE(route);
  CHECK(config.routes[*route].to.str() == "c");
  CHECK(config.routes[*route].from.str() != "b");
}

TEST_CASE("what is urgent is asked although the budget went for what is not, and calm earns it again") {
  Confirming confirming;
  const auto spend_all = [&](Pursuit pursuit) {
    int spent = 0;
    for (; confirming.may_spend(pursuit); ++spent) confirming.budget -= 1;
    return spent;
  };
  spend_all(Pursuit::some_may_fail);
  CHECK(spend_all(Pursuit::the_only_one) > 20);
  CHECK(spend_all(Pursuit::all_fail) > 20);
  CHECK_FALSE(confirming.may_spend(Pursuit::all_fail));
  for (int scheduled = 0; scheduled < 3456; ++scheduled) confirming.earn();  // a day of twelve routes
  CHECK(confirming.may_spend(Pursuit::some_may_fail));
  CHECK(spend_all(Pursuit::all_fail) < 3456 * 0.05);
}

TEST_CASE("where some canaries fail a route is asked that tells of most suspects") {
  const Config& config = test::mesh();
  const Parts parts = parts_of(config);
  std::vector<std::size_t> suspects;
  for (const std::string wanted : {"corp inbound", "bolt outbound"}) {
    for (std::size_t i = 0; i < parts.list.size(); ++i) {
      for (const auto& name : parts.list[i].names) {
        if (text_of(name) == wanted) suspects.push_back(i);
      }
    }
  }
  REQUIRE(suspects.size() == 2);
  const auto route = telling_route(parts, suspects, Pursuit::some_fail, [](std::size_t) { return 0.0; });
  REQUIRE(route);
  CHECK(config.routes[*route].name.str() == "b-c");
}
