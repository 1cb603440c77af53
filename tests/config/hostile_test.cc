#include <string>

#include "tests/config/config_folder.h"

using namespace mailcanary;

namespace {

std::string repeat(std::size_t count, const std::string& text) {
  std::string all;
  all.reserve(count * text.size());
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

// Refused with few and short words.
void check_refused(const std::string& yaml) {
  const ConfigFolder folder;
  const Loaded loaded = folder.load(yaml);
  CHECK_FALSE(loaded.ok());
  CHECK(loaded.diagnostics.size() <= 101);
  for (const auto& diagnostic : loaded.diagnostics) {
    CHECK(diagnostic.message.size() < 2000);
    CHECK(diagnostic.message.find_first_of(std::string("\n\r\x1b\0", 4)) == std::string::npos);
  }
}

}  // namespace

TEST_CASE("deep nesting is refused, however it is written") {
  for (const std::size_t depth : {30u, 1'000u, 100'000u}) {
    check_refused("accounts: " + repeat(depth, "["));
    check_refused("accounts: " + repeat(depth, "{a: "));
    check_refused("accounts: " + repeat(depth, "[") + repeat(depth, "]"));
    check_refused(repeat(depth, "- "));
    check_refused(repeat(depth, "? "));
    check_refused(repeat(depth, "a: {"));
  }
  std::string stairs;
  for (std::size_t i = 0; i < 1'000; ++i) stairs += std::string(i, ' ') + "a:\n";
  check_refused(stairs);
}

TEST_CASE("aliases that multiply do no harm") {
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 20; ++i)
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
              repeat(9, "*a" + std::to_string(i - 1) + ", ") + "*a" + std::to_string(i - 1) + "]\n";
  check_refused(laughs);
  check_refused(laughs + "accounts: *a19\nroutes: *a19\nrules: *a19\nchannels: *a19\nnotify: *a19\n");
}

TEST_CASE("aliases that pile up to a tower are refused") {
  std::string tower = "a0: &a0 x\n";
  for (int i = 1; i < 50'000; ++i)
    tower += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  check_refused(tower);
}

TEST_CASE("an alias to what encloses it, or to nothing, is refused") {
  check_refused("accounts: &a [*a]");
  check_refused("accounts: &a {x: *a}");
  check_refused("accounts: *nothing");
}

TEST_CASE("one value may be used twice by an alias") {
  const ConfigFolder folder;
  const WithEnvironment secret("MC_TEST", "0123456789abcdef");
  const Loaded loaded = folder.load(
      "accounts:\n"
      "  a: {address: a@one.example, smtp: smtps://mx.example, imap: imaps://mx.example, password: &pw {env: "
      "MC_TEST}}\n"
      "  b: {address: b@two.example, smtp: smtps://mx.example, imap: imaps://mx.example, password: *pw}\n"
      "routes: [{mesh: [a, b]}]\n");
  CHECK(folder.complaints_of(loaded).empty());
  REQUIRE(loaded.config.accounts.size() == 2);
  CHECK(loaded.config.accounts[1].password.reveal() == "0123456789abcdef");
}

TEST_CASE("huge values and endless lists of mistakes give a short report") {
  check_refused("secret: " + std::string(3'000'000, 'x'));
  check_refused(std::string(3'000'000, 'x') + ": 1");
  check_refused("accounts: {" + std::string(1'000'000, 'x') + ": {}}");
  check_refused("vantage: \"" + std::string(1'000'000, ' ') + "\"");
  check_refused(std::string((4u << 20) + 1, '#'));
  std::string unknown;
  for (int i = 0; i < 100'000; ++i) unknown += "key" + std::to_string(i) + ": 1\n";
  check_refused(unknown);
  std::string routes = "routes:\n";
  for (int i = 0; i < 50'000; ++i) routes += "- {from: nobody" + std::to_string(i) + ", to: x}\n";
  check_refused(routes);
}

TEST_CASE("a mesh of very many accounts is refused before it grows") {
  std::string accounts = "accounts:\n";
  std::string mesh = "routes:\n- mesh: [";
  for (int i = 0; i < 20'000; ++i) {
    accounts +=
        " a" + std::to_string(i) + ": {address: a@x.example, smtp: smtp+plain://localhost, inbox: 'maildir:/m'}\n";
    mesh += (i > 0 ? ", a" : "a") + std::to_string(i);
  }
  const ConfigFolder folder;
  CHECK(folder.complaints(accounts + mesh + "]\n") ==
        "mc.yaml:20003:9: these are more than 100000 routes; split the watch among several monitors\n");
}

TEST_CASE("what is no text, no YAML or no map is refused") {
  check_refused("");
  check_refused("\n\n# only a comment\n");
  check_refused("~");
  check_refused("just words");
  check_refused("- a\n- list\n");
  check_refused("[]");
  check_refused("{}");
  check_refused(std::string("a: \0b", 5));
  check_refused("a: \x1b[31mred");
  check_refused("a: \xff\xfe");
  check_refused(
      "\xff\xfe"
      "a\0:\0");
  check_refused("a: \xC0\xAF");
  check_refused("a: \"unclosed");
  check_refused("a: 'unclosed");
  check_refused("a: [1, 2");
  check_refused("a: {b: 1");
  check_refused("\ta: 1");
  check_refused("a: b: c");
  check_refused("%YAML 9.9\n---\na: 1");
  check_refused("? [complex]\n: key");
  check_refused("? {complex: key}\n: x");
  check_refused("~: x");
  check_refused("<<: {accounts: 1}");
  check_refused("accounts: !!binary aGk=");
  check_refused("accounts: !secret x");
  check_refused("a: |\n" + repeat(1000, "  x\n"));
  check_refused(a_pair + "---\n" + a_pair);
  check_refused("vantage: \"a\\0b\"");
  check_refused("vantage: \"\\e[31m\"");
}

TEST_CASE("every value of the wrong kind is refused, whatever the key") {
  for (const char* wrong :
       {"[]", "[[]]", "{}", "{a: {b: c}}", "x", "~", "'x: y'", "[~]", "[{}]", "-1", "1e999", "\"\\u202E\""}) {
    for (const char* key : {"secret", "ledger", "vantage", "providers", "accounts", "routes", "rules", "channels",
                            "notify", "status", "slo", "retention"}) {
      CAPTURE(key, wrong);
      const ConfigFolder folder;
      const Loaded loaded = folder.load(std::string(key) + ": " + wrong + "\n");
      CHECK_FALSE(loaded.ok());
    }
    for (const char* key : {"provider", "address", "preset", "smtp", "imap", "pop3", "inbox", "user", "password", "tls",
                            "daily_limit", "plus_addresses", "junk_folder", "max_sessions", "bounces"}) {
      const ConfigFolder folder;
      const Loaded loaded = folder.load("accounts: {a: {" + std::string(key) + ": " + wrong + "}}\n");
      CHECK_FALSE(loaded.ok());
    }
  }
}
