// Which incidents maintenance, silences and dependencies keep quiet: one row each, as the operator would ask.
#include <sstream>

#include "alerts/quiet.h"
#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

const WallTime now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 13h};

// Accounts a1, a2 at provider A, b1 at B, f at forwarder F; all routes between a1, a2 and b1, and f-b1.
Config sample() {
  Config config;
  for (const char* name : {"A", "B", "F"}) config.providers.push_back({ProviderName(name), name, ""});
  const auto add = [&](const char* name, const char* provider) {
    Account account;
    account.name = AccountName(name);
    account.provider = ProviderName(provider);
    config.accounts.push_back(account);
  };
  add("a1", "A");
  add("a2", "A");
  add("b1", "B");
  add("f", "F");
  for (const char* name : {"a1-a2", "a2-a1", "a1-b1", "b1-a1", "a2-b1", "b1-a2", "f-b1"}) {
    Route route;
    const std::string text = name;
    route.name = RouteName(text);
    route.from = AccountName(text.substr(0, text.find('-')));
    route.to = AccountName(text.substr(text.find('-') + 1));
    config.routes.push_back(route);
  }
  return config;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> all;
  for (std::string word; stream >> word;) all.push_back(word);
  return all;
}

// "A: a1-b1 a2-b1" blames provider A, "A/a1: …" its account, ": …" nobody, "self: …" ourselves.
Incident incident(const std::string& text, const std::string& id = "01JINCIDENT") {
  Incident made;
  made.id = IncidentId(id);
  made.title = text;
  made.impact = Impact::major;
  const std::string blame = text.substr(0, text.find(':'));
  made.blame.self = blame == "self";
  if (!made.blame.self) made.blame.provider = ProviderName(blame.substr(0, blame.find('/')));
  if (const auto slash = blame.find('/'); slash != std::string::npos) made.blame.account = AccountName(blame.substr(slash + 1));
  for (const auto& name : words(text.substr(text.find(':') + 1))) made.routes.emplace_back(name);
  if (!made.blame.provider.empty()) made.components = {made.blame.provider};
  return made;
}

// "provider=A account=b1 route=a1-b1"
Scope scope(const std::string& text) {
  Scope made;
  for (const auto& word : words(text)) {
    const std::string value = word.substr(word.find('=') + 1);
    if (word.starts_with("provider=")) made.providers.emplace_back(value);
    if (word.starts_with("account=")) made.accounts.emplace_back(value);
    if (word.starts_with("route=")) made.routes.emplace_back(value);
  }
  return made;
}

Silence silence(const std::string& text) {
  Silence made{"01JSILENCE", now - 1h, now + 1h, {}, "", "alice"};
  for (const auto& word : words(text)) made.matchers.push_back(parse_matcher(word).value());
  return made;
}

}  // namespace

TEST_CASE("maintenance keeps quiet what lies wholly inside it, and nothing else") {
  const Config config = sample();
  struct Case {
    const char* scope;
    const char* incident;
    bool inside;
  };
  for (const Case& one : {
           Case{"provider=A", "A: a1-b1 a2-b1", true},
           Case{"provider=A", "A/a1: a1-b1", true},
           Case{"provider=A", ": a1-b1", true},
           Case{"provider=A", ": a1-b1 f-b1", false},    // reaches beyond
           Case{"provider=A", "B: a1-b1 a2-b1", false},  // all routes touch A, but B is the culprit
           Case{"provider=B", "A: a1-b1", false},
           Case{"account=a1", "A/a1: a1-b1 a1-a2", true},
           Case{"account=a1", "A: a1-b1", true},
           Case{"account=a1", "A: a1-b1 a2-b1", false},
           Case{"account=a1", "B: a1-b1", false},
           Case{"route=a1-b1", "B: a1-b1", true},
           Case{"route=a1-b1", "B: a1-b1 a2-b1", false},
           Case{"route=a1-b1 route=a2-b1", "B: a1-b1 a2-b1", true},
           Case{"provider=A provider=B", ": a1-b1", true},
           Case{"", "A: a1-b1", true},
           Case{"", "self: a1-b1", true},
           Case{"provider=A", "self: a1-b1 a1-a2", false},  // our own network is not under maintenance
       }) {
    CAPTURE(one.scope, one.incident);
    CHECK(wholly_inside(config, scope(one.scope), incident(one.incident)) == one.inside);
  }
}

TEST_CASE("maintenance counts while it is in force, and two may hold together what neither holds alone") {
  const Config config = sample();
  const Maintenance a{"1", "disks", now - 1h, now + 1h, scope("provider=A"), "", ""};
  const Maintenance f{"2", "move", now - 1h, now + 2h, scope("provider=F"), "", ""};
  const auto words_for = [&](const std::vector<Maintenance>& all, const char* what, WallTime at) {
    return quiet_for(config, incident(what), all, {}, {}, at).maintenance;
  };
  CHECK(words_for({a, f}, "A: a1-b1", now) == "disks until 14:00 UTC");
  CHECK(words_for({a, f}, ": a1-b1 f-b1", now) == "disks until 14:00 UTC, move until 15:00 UTC");
  CHECK(words_for({a}, ": a1-b1 f-b1", now) == "");
  CHECK(words_for({a}, "A: a1-b1", now - 1h) == "disks until 14:00 UTC");
  CHECK(words_for({a}, "A: a1-b1", now - 1h - 1us) == "");
  CHECK(words_for({a}, "A: a1-b1", now + 1h) == "");
}

TEST_CASE("a silence matches when all of its keys do; of several values of one key, any will do") {
  const Config config = sample();
  struct Case {
    const char* matchers;
    const char* incident;
    bool matches;
  };
  for (const Case& one : {
           Case{"provider=A", "A: a1-b1", true},
           Case{"provider=B", "A: a1-b1", false},
           Case{"provider=A provider=B", "A: a1-b1", true},
           Case{"provider=A impact=major", "A: a1-b1", true},
           Case{"provider=A impact=minor", "A: a1-b1", false},
           Case{"impact=minor impact=major", "A: a1-b1", true},
           Case{"account=a1", "A: a1-b1 a1-a2", true},
           Case{"account=a1", "A: a1-b1 a2-b1", false},
           Case{"account=a2", "A/a1: a1-a2", false},  // another account is to blame
           Case{"route=a1-b1", "A: a1-b1", true},
           Case{"route=a1-b1", "A: a1-b1 a2-b1", false},
           Case{"route=a1-b1 route=a2-b1", "A: a1-b1 a2-b1", true},
           Case{"incident=01JINCIDENT", "A: a1-b1", true},
           Case{"incident=01JOTHER", "A: a1-b1", false},
           Case{"channel=team", "A: a1-b1", true},
       }) {
    CAPTURE(one.matchers, one.incident);
    CHECK(quiet_for(config, incident(one.incident), {}, {silence(one.matchers)}, {}, now).silences.size() ==
          (one.matches ? 1u : 0u));
  }
  const Silence one = silence("channel=team channel=oncall");
  const auto quiet = quiet_for(config, incident("A: a1-b1"), {}, {one}, {}, now);
  CHECK(quiet.silences.at(0).channels == std::vector{ChannelName("team"), ChannelName("oncall")});
  CHECK(quiet.silences.at(0).words == "until 14:00 UTC by alice");
  CHECK(quiet_for(config, incident("A: a1-b1"), {}, {one}, {}, now + 1h).silences.empty());
}

TEST_CASE("the culprit's incident keeps those that follow from it quiet, and only those") {
  Config config = sample();
  config.providers[1].depends_on = {ProviderName("F")};  // mail for B comes by way of F
  struct Case {
    const char* cause;
    const char* incident;
    bool follows;
  };
  for (const Case& one : {
           Case{"F: f-b1", "B: a1-b1 a2-b1", true},
           Case{"F/f: f-b1", "B: a1-b1", false},  // one account of F is not what B needs
           Case{"F: f-b1", ": a1-b1 a2-b1", true},
           Case{"F: f-b1", ": a1-b1 a1-a2", false},
           Case{"F: f-b1", "A: a1-a2", false},
           Case{"B: a1-b1", "F: f-b1", false},  // not the other way round
           Case{": f-b1", "B: a1-b1", false},   // a cause that blames nobody explains nothing
           Case{"self: f-b1", "B: a1-b1", false},
       }) {
    CAPTURE(one.cause, one.incident);
    const Incident cause = incident(one.cause, "01JCAUSE"), follower = incident(one.incident);
    CHECK(quiet_for(config, follower, {}, {}, {follower, cause}, now).inhibited.empty() != one.follows);
    Incident over = cause;
    over.status = IncidentStatus::resolved;
    CHECK(quiet_for(config, follower, {}, {}, {over}, now).inhibited.empty());
  }
  config.providers[1].depends_on = {AccountName("f")};  // by way of one account of F
  const Incident follower = incident("B: a1-b1");
  CHECK(!quiet_for(config, follower, {}, {}, {incident("F/f: f-b1", "01JCAUSE")}, now).inhibited.empty());
  CHECK(quiet_for(config, follower, {}, {}, {incident("F: f-b1", "01JCAUSE")}, now).inhibited ==
        "by 01JCAUSE (F: f-b1)");
}

TEST_CASE("a matcher that says nothing is refused with the keys there are") {
  for (const char* text : {"", "provider", "provider=", "colour=red", "=x"}) {
    CAPTURE(text);
    const auto matcher = parse_matcher(text);
    REQUIRE(!matcher);
    CHECK(matcher.error().message.find("KEY is provider, account, route, impact, incident or channel") != std::string::npos);
  }
}
