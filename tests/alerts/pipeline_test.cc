// Histories of an incident, a row a turn: who hears of it, who is reminded, and who is called next.
#include "tests/alerts/story.h"

using namespace mailcanary;
using namespace std::chrono_literals;

TEST_CASE("an incident is told once, its end is told once, and what lies between only when it is news") {
  Story story({rule({}, {"team"})});
  story.play({
      {0, "major opens", "team:opened:first"},
      {1, "-", ""},
      {2, "counts", "(team:updated:only_counts)"},
      {3, "counts", ""},  // the same hold is not written twice
      {4, "changes", "(team:updated:nothing_new)"},
      {5, "critical changes", "team:updated:changed"},
      {6, "counts", "(team:updated:only_counts)"},
      {9, "mends", "team:updated:changed"},
      {12, "ends", "team:resolved:resolved"},
      {13, "ends", "(team:resolved:already_told)"},
      {14, "-", ""},
  });
}

TEST_CASE("an opening that is reported twice is told once") {
  Story story({rule({}, {"team"})});
  story.play({{0, "opens", "team:opened:first"}, {1, "opens", "(team:opened:already_told)"}, {2, "opens", ""}});
}

TEST_CASE("each channel hears by its own rule, and two rules make no two notices") {
  Story story({rule(serious, {"oncall", "team"}), rule({}, {"team", "log"})});
  story.play({{0, "major opens", "oncall:opened:first team:opened:first log:opened:first"},
              {9, "ends", "oncall:resolved:resolved team:resolved:resolved log:resolved:resolved"}});
}

TEST_CASE("who is not on call for small troubles hears when they grow, and then also how they end") {
  Story story({rule(serious, {"oncall"}), rule({}, {"team"})});
  story.play({
      {0, "minor opens", "team:opened:first"},
      {5, "major changes", "oncall:opened:newly_routed team:updated:changed"},
      {9, "minor changes", "team:updated:changed oncall:updated:changed"},
      {12, "ends", "team:resolved:resolved oncall:resolved:resolved"},
  });
}

TEST_CASE("a channel that is added while an incident is open hears of it") {
  Story story({rule({}, {"team"})});
  CHECK(story.happen(0, "opens") == "team:opened:first");
  story.policy().notify.push_back(rule({}, {"oncall"}));
  story.play({{1, "-", "oncall:opened:newly_routed"},
              {2, "-", ""},
              {3, "ends", "team:resolved:resolved oncall:resolved:resolved"}});
}

TEST_CASE("an end of which the beginning was not told is held") {
  Story story({rule(serious, {"oncall"})});
  story.play({{0, "minor opens", ""}, {3, "-", ""}, {4, "major ends", "(oncall:resolved:never_told)"}});
}

TEST_CASE("what stays open is repeated every so often, counted from when it was last heard") {
  Story story({rule({}, {"team"}, 30min), rule({}, {"log"})});
  story.play({
      {0, "major opens", "team:opened:first log:opened:first"},
      {29, "-", ""},
      {30, "-", "team:reminder:reminder_due"},
      {45, "critical changes", "team:updated:changed log:updated:changed"},
      {60, "-", ""},
      {75, "-", "team:reminder:reminder_due"},
      {80, "acked", ""},
      {105, "-", "(team:reminder:acknowledged)"},
      {140, "-", ""},
      {150, "ends", "team:resolved:resolved log:resolved:resolved"},
      {190, "-", ""},
  });
}

TEST_CASE("nobody is reminded of what still waits for delivery") {
  Story story({rule({}, {"team"}, 30min)});
  story.channels_are_down();
  story.play({{0, "opens", "team:opened:first"}, {31, "-", "(team:reminder:undelivered)"}, {62, "-", ""}});
}

TEST_CASE("what nobody takes goes to the next people, once") {
  NotifyRoute route = rule(serious, {"oncall"});
  route.escalate = Escalation{15min, {ChannelName("boss"), ChannelName("team")}};
  Story story({route});
  story.play({
      {0, "major opens", "oncall:opened:first"},
      {14, "-", ""},
      {15, "-", "boss:escalated:escalation_due team:escalated:escalation_due"},
      {16, "-", ""},
      {17, "critical changes", "oncall:updated:changed boss:updated:changed team:updated:changed"},
      {30, "ends", "oncall:resolved:resolved boss:resolved:resolved team:resolved:resolved"},
  });
}

TEST_CASE("what returns after it was over calls the next people anew, counted from its return") {
  NotifyRoute route = rule({}, {"oncall"});
  route.escalate = Escalation{15min, {ChannelName("boss")}};
  Story story({route});
  story.play({
      {0, "major opens", "oncall:opened:first"},
      {15, "-", "boss:escalated:escalation_due"},
      {20, "acked", ""},
      {40, "ends", "oncall:resolved:resolved boss:resolved:resolved"},
      {50, "returns", "oncall:opened:first boss:opened:first"},
      {64, "-", ""},
      {65, "-", "boss:escalated:escalation_due"},
      {66, "-", ""},
  });
}

TEST_CASE("who is called about what returned reads since when nobody has taken it, not since when it first was") {
  Incident incident = sample_outage();
  const WallTime opened = incident.opened_at;
  incident.updates = {{opened, IncidentStatus::identified, "", ""},
                      {opened + 40min, IncidentStatus::resolved, "", ""},
                      {opened + 50min, IncidentStatus::identified, "", ""}};
  CHECK(notice_text(NoticeKind::escalated, incident, opened + 65min).starts_with("Nobody has acknowledged this for 15 min. "));
}

TEST_CASE("what is taken or mending does not go further up") {
  NotifyRoute route = rule({}, {"oncall"});
  route.escalate = Escalation{15min, {ChannelName("boss")}};
  SECTION("taken") {
    Story story({route});
    story.play({{0, "opens", "oncall:opened:first"},
                {5, "acked", ""},
                {15, "-", "(boss:escalated:acknowledged)"},
                {16, "-", ""}});
  }
  SECTION("mending, and then worse again") {
    Story story({route});
    story.play({{0, "opens", "oncall:opened:first"},
                {14, "mends", "oncall:updated:changed"},
                {15, "-", "(boss:escalated:recovering)"}});
    story.incident().status = IncidentStatus::identified;
    story.play({{18, "changes", "oncall:updated:changed boss:escalated:escalation_due"}});
  }
}

TEST_CASE("an escalation takes the place of an update to the same channel in the same turn") {
  NotifyRoute route = rule({}, {"oncall"});
  route.escalate = Escalation{15min, {ChannelName("oncall")}};
  Story story({route});
  story.play({{0, "major opens", "oncall:opened:first"}, {15, "critical changes", "oncall:escalated:escalation_due"}});
}

TEST_CASE("a rule for one provider hears of that provider, and of faults of our own") {
  NotifyRoute route = rule({}, {"team"});
  route.providers = {ProviderName("fastmail")};
  SECTION("another provider") {
    Story story({route});
    story.play({{0, "opens", ""}});
  }
  SECTION("this provider") {
    Story story({route});
    story.incident().components = {ProviderName("example-mail"), ProviderName("fastmail")};
    story.play({{0, "opens", "team:opened:first"}});
  }
  SECTION("our own side, which blinds us for all") {
    Story story({route});
    story.incident().components.clear();
    story.incident().blame = {};
    story.incident().blame.self = true;
    story.play({{0, "opens", "team:opened:first"}});
  }
}

TEST_CASE("a channel that does not exist is held with that reason, not forgotten") {
  Story story({rule({}, {"team", "typo"})});
  story.play({{0, "opens", "team:opened:first (typo:opened:unknown_channel)"},
              {1, "-", ""},
              {2, "ends", "team:resolved:resolved (typo:resolved:unknown_channel)"}});
}

TEST_CASE("notices of other incidents do not count as told") {
  Story story({rule({}, {"team"})});
  Notice other;
  other.incident = IncidentId("01JDF0Q8M0AN0THER000000001");
  other.channel = ChannelName("team");
  other.sequence = 7;
  other.state = NoticeState::delivered;
  story.history().notices.push_back(other);
  story.play({{0, "opens", "team:opened:first"}});
  CHECK(story.last().sequence == 1);
}

TEST_CASE("a notice carries all that its delivery needs") {
  Story story({rule({}, {"team"})});
  story.happen(0, "critical opens");
  const Notice first = story.last();
  CHECK(ulid_time(first.id.str()) == story.incident().opened_at);
  CHECK(first.incident == story.incident().id);
  CHECK(first.incident_key == "example-mail.submit");
  CHECK(first.sequence == 1);
  CHECK(first.state == NoticeState::queued);
  CHECK(first.created_at == story.incident().opened_at);
  CHECK(first.title == "[critical] Example Mail: mail is not accepted");
  CHECK(first.text == notice_text(NoticeKind::opened, story.incident(), story.incident().opened_at));
  CHECK(first.url == "https://status.example/incidents/01JDF0Q8M0SAMPLE0UTAGE0001.html");
  CHECK(first.detail == incident_json(story.incident()));
  CHECK(first.reason == "first: rule failing, 3 of 3 canaries failed over 15 min (limit 50%)");

  story.happen(5, "major changes");
  CHECK(story.last().sequence == 2);
  CHECK(story.last().id != first.id);
  CHECK(story.last().reason == "changed: now identified, major");
}

TEST_CASE("without a page there is no link") {
  Story story({rule({}, {"team"})});
  story.policy().page_url.clear();
  story.happen(0, "opens");
  CHECK(story.last().url.empty());
}

TEST_CASE("every reason has a word of its own") {
  std::string seen = " ";
  for (int i = 0; i <= static_cast<int>(Reason::recovering); ++i) {
    const std::string word = std::string(name_of(static_cast<Reason>(i))) + " ";
    CHECK(seen.find(" " + word) == std::string::npos);
    seen += word;
  }
}
