// Whether the ways to people hang on what is watched, or on one single point.
#include "tests/config/config_folder.h"

using namespace mailcanary;

namespace {

const std::string mails =
    "providers: {one: {}, relay: {}, two: {depends_on: [relay]}}\n"
    "accounts:\n"
    "  shop: {provider: one, address: a@shop.example, smtp: smtp+plain://localhost, inbox: 'maildir:/m'}\n"
    "  watch: {provider: relay, address: b@watch.example, smtp: 'smtps://mail.big.example', imap: 'imaps://mail.big.example', password: {env: MC_TEST}}\n"
    "  alarm: {provider: two, address: c@third.example, smtp: 'smtps://mx.third.example', password: {env: MC_TEST}}\n"
    "routes: [{mesh: [shop, watch]}]\n";

std::string said_of(const std::string& channels) {
  const ConfigFolder folder;
  const WithEnvironment password("MC_TEST", "a long password");
  const WithEnvironment url("MC_HOOK", "https://hooks.big.example/hunter2");
  return folder.complaints(mails + channels);
}

}  // namespace

TEST_CASE("mail over a provider that depends on a watched one is no way out") {
  const std::string said = said_of("channels: {boss: {mail: {account: alarm, to: boss@elsewhere.example}}}\n");
  CHECK(said ==
        "mc.yaml:7:12: channel \"boss\" is the only one that reaches people about minor incidents of provider \"relay\", but "
        "its mail goes through that provider; add another channel, or send it from an account elsewhere\n");
}

TEST_CASE("a channel whose host lies in a watched provider's domain is warned of, and its address is not shown") {
  const std::string said = said_of("channels: {team: {slack: {webhook: {env: MC_HOOK}}}, phone: {ntfy: {topic: {env: MC_TEST}}}}\n");
  CHECK(said ==
        "mc.yaml:7:12: warning: channel \"team\" goes to \"hooks.big.example\", which lies in a domain of watched provider \"relay\" and may be "
        "down with it; add a channel that hangs on nothing of it\n");
}

TEST_CASE("ways to people that all go by one host are warned of") {
  struct Row {
    const char* sentence;
    const char* channels;
    bool warned;
  };
  const Row rows[] = {
      {"one host", "channels: {a: {webhook: {url: 'https://x.example/a'}}, b: {gotify: {url: 'https://x.example:8443', token: {env: MC_TEST}}}}\n", true},
      {"one service", "channels: {a: {pagerduty: {routing_key: {env: MC_TEST}}}, b: {pagerduty: {routing_key: {env: MC_TEST}}}}\n", true},
      {"two hosts", "channels: {a: {webhook: {url: 'https://x.example/a'}}, b: {webhook: {url: 'https://y.example/a'}}}\n", false},
      {"a log beside is no way to people",
       "channels: {a: {webhook: {url: 'https://x.example/a'}}, b: {webhook: {url: 'https://x.example/b'}}, l: {log: {}}}\n", true},
      {"a single channel is what somebody chose", "channels: {a: {webhook: {url: 'https://x.example/a'}}}\n", false},
      {"this machine is no single host", "channels: {a: {webhook: {url: 'http://127.0.0.1/a'}}, b: {command: {run: [/bin/true]}}}\n", false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.sentence);
    const std::string said = said_of(row.channels);
    CAPTURE(said);
    CHECK((said.find("warning: all channels that reach people go by ") != std::string::npos) == row.warned);
    CHECK(said.find("hunter2") == std::string::npos);
  }
}
