// Whole header blocks as ten providers and gateways write them (tests/probes/provider_headers, made up by us): the
// hops, what each took, whose clock was wrong, and the verdicts.
#include "core/files.h"
#include "core/units.h"
#include "probes/headers.h"
#include "tests/catch.h"
#include "tests/places.h"

using namespace mailcanary;

namespace {

std::string block(const std::string& provider) {
  const auto text = read_file(testbed::source_folder() / "tests/probes/provider_headers" / (std::string(provider) + ".txt"));
  REQUIRE(text);
  return *text;
}

// "- 2s -5m8s": the delays by the stamps.
std::string delays(const std::vector<Hop>& hops) {
  std::string text;
  for (const Hop& hop : hops) {
    text += text.empty() ? "" : " ";
    const Duration delay = hop.delay.value_or(Duration::zero());
    text += !hop.delay ? "-" : delay < Duration::zero() ? "-" + format_duration(-delay) : format_duration(delay);
  }
  return text;
}

std::string estimates(const Journey& journey) {
  std::string text;
  for (const Step& step : estimate_steps(journey.hops, journey.own))
    text += (text.empty() ? "" : " ") + (step.delay ? format_duration(*step.delay) : "-");
  return text;
}

std::string notes(const std::vector<Hop>& hops) {
  std::string text;
  for (std::size_t i = 0; i < hops.size(); ++i)
    if (!hops[i].note.empty()) text += std::to_string(i) + ": " + hops[i].note + "\n";
  return text;
}

}  // namespace

TEST_CASE("the header of each provider shows what every hop took") {
  const struct {
    const char *provider, *delays, *estimates;
  } rows[] = {
      {"gmail", "- 2s 1s", "- 2s 1s"},
      {"microsoft365", "- 12m2s 1s 1s 1s", "- 12m2s 1s 1s 1s"},
      {"yahoo", "- 1s 3s", "- 1s 3s"},
      {"fastmail", "- 3s 1s 1s 0s", "- 3s 1s 1s 0s"},
      {"icloud", "- -5m8s 5m10s 1s", "- 0s 2s 1s"},
      {"rackspace", "- 1s 12m 1s 0s 0s", "- 1s 12m 1s 0s 0s"},
      {"yandex", "- -59m42s 1s", "- 0s 1s"},
      {"mailru", "- 1s", "- 1s"},
      {"spamassassin", "- 1s 1s 12s", "- 1s 1s 12s"},
      {"gateways", "- 1s 9m11s 1s 1s 1s 2s 0s", "- 1s 9m11s 1s 1s 1s 2s 0s"},
  };
  for (const auto& row : rows) {
    INFO(row.provider);
    const Journey journey = read_journey(block(row.provider));
    CHECK(delays(journey.hops) == row.delays);
    CHECK(estimates(journey) == row.estimates);
    CHECK(journey.lines.size() == journey.hops.size());
    for (const Hop& hop : journey.hops) CHECK_FALSE(hop.by.empty());
  }
}

TEST_CASE("a clock that is wrong is named, with what the hops took in truth") {
  CHECK(notes(read_hops(block("icloud"))) ==
        "1: clock 5 min 8 s behind, so this took about 0 s rather than -5 min 8 s\n"
        "2: about 2 s rather than 5 min 10 s, since the clock of the hop before is behind\n");
  CHECK(notes(read_hops(block("yandex"))) ==
        "0: clock at least 59 min 42 s ahead (just 1 h: a wrong time zone?)\n"
        "1: about 0 s rather than -59 min 42 s, since the clock of the hop before is ahead\n");
  CHECK(notes(read_hops(block("gateways"))).empty());
}

TEST_CASE("the header of each provider gives the verdicts of that provider and of nobody else") {
  const struct {
    const char *provider, *authserv_id, *verdicts, *server, *spam;
  } rows[] = {
      {"gmail", "mx.google.com", "pass pass pass", "mx.google.com", ""},
      {"microsoft365", "outlook.com", "pass fail pass", "", "no spam, score 1 of 5 (X-MS-Exchange-Organization-SCL)"},
      {"yahoo", "yahoo.com", "pass pass pass", "atlas-production.v2-mail-prod1-gq1.omega.yahoo.com", ""},
      {"fastmail", "messagingengine.com", "pass pass pass", "mx6.messagingengine.com", "score 0.2 (X-Spam-Score)"},
      {"icloud", "icloud.com", "softfail pass pass", "dmarc.icloud.com", ""},
      {"rackspace", "rsapps.net", "pass pass pass", "smtp37.gate.ord1d.rsapps.net", "no spam, score 0 (X-Spam-Score)"},
      {"yandex", "yandex.net", "pass pass -", "mail-nwsmtp-mxfront-production-main-12.vla.yp-c.yandex.net",
       "no spam (X-Yandex-Spam)"},
      {"mailru", "mxs.mail.ru", "pass pass pass", "mxs.mail.ru", ""},
      {"spamassassin", "mx.other.example", "fail permerror -", "mx.other.example",
       "spam, score 7.2 of 5 (X-Spam-Status)"},
      {"gateways", "other.example", "- - -", "", "no spam, score 0 (X-Proofpoint-Spam-Details)"},
  };
  for (const auto& row : rows) {
    const std::string header = block(row.provider);
    for (const std::string authserv_id : {"", row.authserv_id}) {
      if (std::string(row.provider) == "spamassassin" && !authserv_id.empty()) continue;  // see the next test
      INFO(row.provider << " with authserv-id '" << authserv_id << "'");
      const Judgement judgement = judge_verdicts(header, authserv_id);
      const auto said = [](const std::string& verdict) { return verdict.empty() ? std::string("-") : verdict; };
      const Verdicts& verdicts = judgement.verdicts;
      CHECK(said(verdicts.spf) + " " + said(verdicts.dkim) + " " + said(verdicts.dmarc) == row.verdicts);
      CHECK(judgement.server == row.server);
      CHECK(verdicts.spam == row.spam);
    }
  }
}

TEST_CASE("a field of the trusted name counts right below the receiver's line only when the name was configured") {
  // Sendmail puts what its filters say there; but so could the sender.
  const std::string header = block("spamassassin");
  CHECK(judge_verdicts(header, "").verdicts.dmarc.empty());
  CHECK(judge_verdicts(header, "mx.other.example").verdicts.dmarc == "pass");
  CHECK(judge_verdicts(header, "mx.other.example").verdicts.spf == "fail");  // what stands above decides
  CHECK(judge_verdicts(header, "elsewhere.example").verdicts.spf.empty());
}
