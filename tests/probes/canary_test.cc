#include "probes/canary.h"

#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

const Fate all_fates[] = {Fate::pending,  Fate::delivered, Fate::late,        Fate::junked, Fate::bounced,
                          Fate::rejected, Fate::deferred,  Fate::unreachable, Fate::lost,   Fate::unknown};

Canary delivered_canary() {
  const WallTime sent(std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 13h);
  Canary canary;
  canary.id = CanaryId("01HGW2Q8MNP3RSTVWXYZ012345");
  canary.route = RouteName("shop-watch");
  canary.from = AccountName("shop");
  canary.to = AccountName("watch");
  canary.vantage = "fra1";
  canary.late_after = 60s;
  canary.lost_after = 4h;
  canary.sent_at = sent;
  canary.accepted_at = sent + 120ms;
  canary.arrived_at = sent + 3214ms;
  canary.seen_at = sent + 3300ms;
  canary.settled_at = sent + 3301ms;
  canary.arrival_source = ArrivalSource::push;
  canary.resolution = 100ms;
  canary.round_trip = 3214ms + 5us;
  canary.fate = Fate::delivered;
  canary.folder = "INBOX";
  canary.stages = {{Stage::connect, 1500us, ""}, {Stage::tls, std::nullopt, ""}};
  canary.smtp_reply = "250 2.0.0 Ok";
  canary.hops = {{"a.example", "b.example", "ESMTPS", "", sent + 1s, std::nullopt, "TLSv1.3"}};
  canary.verdicts = {"pass", "pass", "none"};
  return canary;
}

}  // namespace

TEST_CASE("every fate has a name that leads back to it") {
  for (const Fate fate : all_fates) CHECK(fate_from(name_of(fate)) == fate);
  CHECK_FALSE(fate_from("Delivered").has_value());
  CHECK_FALSE(fate_from("").has_value());
  CHECK(std::string(name_of(static_cast<Fate>(77))) == "?");
}

TEST_CASE("the numbers that the ledger stores stay what they are") {
  const char* fates[] = {"pending",  "delivered", "late",        "junked", "bounced",
                         "rejected", "deferred",  "unreachable", "lost",   "unknown"};
  const char* stages[] = {"resolve", "connect", "tls", "auth", "submit", "transit", "arrival", "seen"};
  const char* sources[] = {"none", "push", "poll", "internaldate", "received"};
  for (int i = 0; i < 10; ++i) CHECK(std::string(name_of(static_cast<Fate>(i))) == fates[i]);
  for (int i = 0; i < 8; ++i) CHECK(std::string(name_of(static_cast<Stage>(i))) == stages[i]);
  for (int i = 0; i < 5; ++i) CHECK(std::string(name_of(static_cast<ArrivalSource>(i))) == sources[i]);
}

TEST_CASE("a fate is arrived, failed, or neither while pending or unknown") {
  for (const Fate fate : all_fates) {
    INFO(name_of(fate));
    CHECK_FALSE((arrived(fate) && failed(fate)));
    CHECK((arrived(fate) || failed(fate)) == (fate != Fate::pending && fate != Fate::unknown));
  }
}

TEST_CASE("a fate is settled once, but a lost canary that turns up becomes late or junked") {
  for (const Fate from : all_fates) {
    for (const Fate to : all_fates) {
      INFO(name_of(from) << " to " << name_of(to));
      const bool first = from == Fate::pending && to != Fate::pending;
      const bool turned_up = from == Fate::lost && (to == Fate::late || to == Fate::junked);
      CHECK(may_become(from, to) == (first || turned_up));
    }
  }
}

TEST_CASE("a canary as JSON has the stable fields in their order") {
  CHECK(canary_json(delivered_canary()) ==
        R"({"id":"01HGW2Q8MNP3RSTVWXYZ012345","route":"shop-watch","from":"shop","to":"watch","vantage":"fra1",)"
        R"("sent_at":"2026-11-24T13:00:00.000Z","accepted_at":"2026-11-24T13:00:00.120Z",)"
        R"("arrived_at":"2026-11-24T13:00:03.214Z","arrival_source":"push","resolution_ms":100,)"
        R"("seen_at":"2026-11-24T13:00:03.300Z","round_trip_ms":3214.005,"fate":"delivered","reason":"",)"
        R"("duplicates":0,"folder":"INBOX","stages":[{"name":"connect","ms":1.5,"error":null},)"
        R"({"name":"tls","ms":null,"error":null}],"smtp_reply":"250 2.0.0 Ok",)"
        R"("hops":[{"from":"a.example","by":"b.example","at":"2026-11-24T13:00:01.000Z","delay_ms":null,)"
        R"("protocol":"ESMTPS","tls":"TLSv1.3","note":""}],"verdicts":{"spf":"pass","dkim":"pass","dmarc":"none"},)"
        R"("bounce":null,"changes":[]})");
}

TEST_CASE("a pending canary as JSON has nulls where nothing is known yet") {
  Canary canary;
  canary.id = CanaryId("01HGW2Q8MNP3RSTVWXYZ012345");
  const std::string json = canary_json(canary);
  for (const char* field :
       {"accepted_at", "arrived_at", "arrival_source", "resolution_ms", "seen_at", "round_trip_ms", "bounce"}) {
    INFO(field);
    CHECK(json.find("\"" + std::string(field) + "\":null") != std::string::npos);
  }
}

TEST_CASE("a bounce and hostile text as JSON stay JSON") {
  Canary canary;
  canary.reason = "quote \" and \x1b and \xff";
  canary.bounce =
      BounceReport{BounceReport::Kind::failed, "a@b", "failed", "5.1.1", "550", "", "no <b>such</b>", "mx", "", true};
  const std::string json = canary_json(canary);
  CHECK(json.find(R"("bounce":{"kind":"failed","recipient":"a@b","action":"failed","status":"5.1.1","reply":"550",)"
                  R"("reason":"","hard":true,"diagnostic":"no <b>such</b>","reporting_mta":"mx","remote_mta":""})") !=
        std::string::npos);
  CHECK(json.find("quote \\\" and \\u001b and \xef\xbf\xbd") != std::string::npos);
}
