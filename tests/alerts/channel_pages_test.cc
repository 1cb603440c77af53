// Status pages elsewhere, which customers read: nothing twice, nothing left open, no row greener than it is.
#include "alerts/standing.h"
#include "tests/alerts/channel_services.h"

using namespace mailcanary;
using Outcome = Delivery::Outcome;

namespace {

// Where the incident is open though we do not know what it is called there.
struct Forgotten {
  const char* kind;
  std::string is_there, taken;
  const char* look;
  std::string change;
};
std::vector<Forgotten> forgotten() {
  return {
      {"statuspage", http_answer(200, R"([{"id":"other","metadata":{}},{"id":"inc1","metadata":{"mailcanary":{"incident":"01JDF0Q8M0SAMPLE0UTAGE0001"}}}])"),
       http_answer(200, R"({"id":"inc1"})"), "GET /v1/pages/pg1/incidents/unresolved ", "PATCH /v1/pages/pg1/incidents/inc1 "},
      {"cachet", http_answer(200, R"({"data":[{"id":"7","attributes":{"name":"Example Mail: mail is not accepted by all","status":{"value":1}}},
                                              {"id":"8","attributes":{"name":"Example Mail: mail is not accepted","status":{"value":4}}},
                                              {"id":"12","attributes":{"name":"Example Mail: mail is not accepted","status":{"value":2}}}]})"),
       http_answer(200, R"({"data":{"id":"12"}})"), "GET /api/incidents?per_page=50&filter%5Bname%5D=Example%20Mail%3A%20mail%20is%20not%20accepted ",
       "PUT /api/incidents/12 "},
  };
}

}  // namespace

TEST_CASE("an incident whose answer was lost, or not kept, is found on its page and neither made twice nor left open") {
  for (const auto& row : forgotten()) {
    const Service service = service_of(row.kind);
    for (const bool over : {false, true}) {
      for (const int attempts : {0, 1}) {
        CAPTURE(row.kind, over, attempts);
        ChannelBed bed({row.is_there, row.taken, http_answer(200, R"({"data":{"id":"1"}})")});
        bed.make(row.kind, service.settings(bed.server));
        Notice notice = over ? way_of_an_incident().back() : sample_notice();
        notice.attempts = attempts;
        const Delivery delivery = bed.deliver(notice);
        CHECK(delivery.outcome == Outcome::delivered);
        REQUIRE(bed.server.requests().size() >= 2);
        CAPTURE(bed.server.requests()[0].line, bed.server.requests()[1].line);
        CHECK(bed.server.requests()[0].line.starts_with(row.look));
        CHECK(bed.server.requests()[1].line.starts_with(row.change));
      }
    }
  }
}

TEST_CASE("a page that does not know how to be asked is written to all the same") {
  const Service cachet = service_of("cachet");
  ChannelBed bed({http_answer(400, R"({"message":"Requested filter(s) `name` are not allowed."})"), cachet.way[0], cachet.way[2]});
  bed.make("cachet", cachet.settings(bed.server));
  CHECK(bed.deliver(sample_notice()).remote_ref == "12");
}

TEST_CASE("a row of a page elsewhere shows the worst of all open incidents, also when one of them ends") {
  struct Row {
    const char* kind;
    const char* green;   // after the end, when nothing else is open
    const char* worse;   // after the end, or a minor one, beside a major one
  };
  const Row rows[] = {{"statuspage", R"("components":{"b13yz5g2cw10":"operational"})", R"("components":{"b13yz5g2cw10":"partial_outage"})"},
                      {"cachet", R"("components":[{"id":3,"status":1}])", R"("components":[{"id":3,"status":3}])"},
                      {"instatus", R"("statuses":[{"id":"cmp1","status":"OPERATIONAL"}])", R"("statuses":[{"id":"cmp1","status":"PARTIALOUTAGE"}])"}};
  for (const auto& row : rows) {
    const Service service = service_of(row.kind);
    const auto says = [&](Notice notice, Impact beside) {
      notice.remote_ref = "12";
      if (beside != Impact::none) notice.components_beside[ProviderName("example-mail")] = beside;
      ChannelBed bed({service.way[0], service.way[0]});
      bed.make(row.kind, service.settings(bed.server));
      bed.deliver(notice);
      return bed.server.requests().front().body;
    };
    Notice minor = sample_notice(), end = way_of_an_incident().back();
    minor.impact = Impact::minor;
    CAPTURE(row.kind, says(end, Impact::none), says(end, Impact::major), says(minor, Impact::major));
    CHECK(says(end, Impact::none).find(row.green) != std::string::npos);
    CHECK(says(end, Impact::major).find(row.worse) != std::string::npos);
    CHECK(says(minor, Impact::major).find(row.worse) != std::string::npos);
  }
}

TEST_CASE("what the other open incidents make of each row: the worst, without faults of our own and the incident itself") {
  const auto told = [](const char* id, Impact impact, const char* components, const char* self) {
    Notice notice;
    notice.incident = IncidentId(id);
    notice.impact = impact;
    notice.detail = std::string(R"({"components":)") + components + R"(,"blames":{"self":)" + self + "}}";
    return notice;
  };
  Standing standing;
  standing.open = {told("A", Impact::critical, R"(["one"])", "false"), told("B", Impact::minor, R"(["one","two"])", "false"),
                   told("C", Impact::major, R"(["two"])", "false"), told("D", Impact::critical, R"(["two"])", "true")};
  using Rows = std::map<ProviderName, Impact>;
  CHECK(components_beside(standing, IncidentId("A")) == Rows{{ProviderName("one"), Impact::minor}, {ProviderName("two"), Impact::major}});
  CHECK(components_beside(standing, IncidentId("C")) == Rows{{ProviderName("one"), Impact::critical}, {ProviderName("two"), Impact::minor}});
}

TEST_CASE("a fault of our own is no incident for the customers of a page elsewhere") {
  Incident own = sample_outage();
  own.blame = {};
  own.blame.self = true;
  NoticePolicy policy;
  policy.notify.push_back({{}, {}, {ChannelName("hook")}, {}, {}});
  const auto notices = notices_for(policy, {}, {IncidentChange::Kind::opened, own}, own.opened_at);
  for (const char* kind : {"statuspage", "cachet", "instatus"}) {
    const Service service = service_of(kind);
    ChannelBed bed(service.after_a_look(service.way));
    bed.make(kind, service.settings(bed.server));
    CHECK(bed.deliver(notices.at(0)).outcome == Outcome::delivered);
    CHECK(bed.server.requests().empty());
  }
}

TEST_CASE("what is for those on call never reaches a page for customers") {
  for (const char* kind : {"statuspage", "cachet", "instatus"}) {
    for (const auto& service : services()) {
      if (service.kind != std::string(kind)) continue;
      CAPTURE(kind);
      ChannelBed bed(service.after_a_look(service.way));
      bed.make(kind, service.settings(bed.server));
      for (const auto& notice : way_of_an_incident()) bed.deliver(notice);
      for (const auto& request : bed.server.requests()) {
        CHECK(request.body.find("mx1.example.net") == std::string::npos);
        CHECK(request.body.find("192.0.2.7") == std::string::npos);
        CHECK(request.body.find("shop-watch") == std::string::npos);
      }
      Notice reminder = sample_notice();
      reminder.kind = NoticeKind::reminder;
      const std::size_t before = bed.server.requests().size();
      CHECK(bed.deliver(reminder).outcome == Outcome::delivered);
      CHECK(bed.server.requests().size() == before);
    }
  }
}
