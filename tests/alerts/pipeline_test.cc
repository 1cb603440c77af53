// Histories of an incident, a row a turn: what happens, and which notices follow.
#include <algorithm>
#include <sstream>

#include "alerts/pipeline.h"
#include "tests/alerts/samples.h"
#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

using Kind = IncidentChange::Kind;

struct Turn {
  int minute;           // since the incident opened
  const char* event;    // words of Story::happen, or "-" for a turn in which nothing does
  const char* notices;  // "channel:kind:reason", held ones in brackets; "" for none
};

NotifyRoute rule(std::vector<Impact> impacts, std::vector<const char*> to, Duration remind = {}) {
  NotifyRoute route;
  route.impacts = std::move(impacts);
  for (const char* channel : to) route.to.emplace_back(channel);
  route.remind = remind;
  return route;
}

class Story {
 public:
  explicit Story(std::vector<NotifyRoute> rules) {
    policy_.notify = std::move(rules);
    for (const char* name : {"oncall", "team", "boss", "log"}) policy_.channels.emplace_back(name);
    policy_.page_url = "https://status.example";
    incident_ = sample_outage();
    incident_.updates.clear();
  }

  void play(const std::vector<Turn>& turns) {
    for (const auto& turn : turns) {
      CAPTURE(turn.minute, turn.event);
      CHECK(happen(turn.minute, turn.event) == turn.notices);
    }
  }

  std::string happen(int minute, const std::string& event) {
    const WallTime now = incident_.opened_at + std::chrono::minutes(minute);
    IncidentChange change;
    std::istringstream words(event);
    for (std::string word; words >> word;) apply(word, now, change);
    change.incident = incident_;
    change.quiet = quiet_;
    const auto notices = notices_for(policy_, history_, change, now);
    for (auto notice : notices) {
      last_ = notice;
      const auto is_in = [&](const std::vector<ChannelName>& list) {
        return std::find(list.begin(), list.end(), notice.channel) != list.end();
      };
      if (notice.state == NoticeState::queued && is_in(refusing_)) {
        notice.state = NoticeState::failed;
        notice.last_error = "401 Unauthorized";
      } else if (notice.state == NoticeState::queued && is_in(stalling_)) {
        notice.attempts = 3;
        notice.last_error = "503 Service Unavailable";
      } else if (notice.state == NoticeState::queued && is_in(gone_)) {
        notice.attempts = 2;
        notice.next_attempt_at = now + 15min;
        notice.last_error = "404 Not Found";
      } else if (notice.state == NoticeState::queued && delivers_) {
        notice.state = NoticeState::delivered;
        notice.delivered_at = now;
      }
      history_.notices.push_back(notice);
    }
    return summary(notices);
  }

  NoticePolicy& policy() { return policy_; }
  NoticeHistory& history() { return history_; }
  Incident& incident() { return incident_; }
  const Notice& last() const { return last_; }
  void channels_are_down() { delivers_ = false; }
  void refuses(const char* channel) { refusing_.emplace_back(channel); }
  void is_gone(const char* channel) { gone_.emplace_back(channel); }
  void stalls(const char* channel) { stalling_.emplace_back(channel); }

 private:
  void apply(const std::string& word, WallTime now, IncidentChange& change) {
    if (word == "opens")
      change.kind = Kind::opened;
    else if (word == "returns") {
      change.kind = Kind::opened;
      incident_.status = IncidentStatus::investigating;
      incident_.resolved_at.reset();
      incident_.acknowledged_at.reset();
    } else if (word == "counts")
      change.kind = Kind::progressed, ++incident_.counts.failed;
    else if (word == "changes")
      change.kind = Kind::changed;
    else if (word == "acked")
      incident_.acknowledged_at = now;
    else if (word == "inhibited")
      quiet_.inhibited = "by 01J (Forwarder does not accept mail)";
    else if (word == "maintained")
      quiet_.maintenance = "new disks until 04:00 UTC";
    else if (word == "silenced")
      quiet_.silences = {{"until 14:00 UTC by alice: known", {}}};
    else if (word == "team-silenced")
      quiet_.silences = {{"until 14:00 UTC by alice", {ChannelName("team")}}};
    else if (word == "heard")
      quiet_ = {};
    else if (word == "posts")
      change.kind = Kind::changed, change.posted = "we are on it";
    else if (word == "mends")
      change.kind = Kind::changed, incident_.status = IncidentStatus::monitoring;
    else if (word == "ends") {
      change.kind = Kind::resolved;
      incident_.status = IncidentStatus::resolved;
      incident_.resolved_at = now;
    } else if (word != "-")
      incident_.impact = impact_from(word).value();
  }

  static std::string summary(const std::vector<Notice>& notices) {
    std::string all;
    for (const auto& notice : notices) {
      const std::string one =
          notice.channel.str() + ":" + name_of(notice.kind) + ":" + notice.reason.substr(0, notice.reason.find(':'));
      all += (all.empty() ? "" : " ") + (notice.state == NoticeState::held ? "(" + one + ")" : one);
    }
    return all;
  }

  NoticePolicy policy_;
  NoticeHistory history_;
  Incident incident_;
  Quiet quiet_;
  Notice last_;
  bool delivers_ = true;
  std::vector<ChannelName> refusing_, stalling_, gone_;
};

const std::vector<Impact> serious = {Impact::major, Impact::critical};

}  // namespace

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

TEST_CASE("what is kept quiet is held with its reason, and told once when it is still there afterwards") {
  struct Case {
    const char* quiet;
    const char* held;
  };
  for (const Case& one : {Case{"inhibited", "(team:opened:inhibited)"}, Case{"maintained", "(team:opened:under_maintenance)"},
                          Case{"silenced", "(team:opened:silenced)"}}) {
    const std::string opens = std::string("major opens ") + one.quiet;
    Story story({rule({}, {"team"}, 30min)});
    story.play({
        {0, opens.c_str(), one.held},
        {1, "-", ""},
        {2, "counts", ""},
        {5, "critical changes", ""},
        {60, "-", ""},  // no reminder of what nobody was told
        {61, "heard", "team:opened:quiet_over"},
        {62, "-", ""},
        {70, "ends", "team:resolved:resolved"},
    });
  }
}

TEST_CASE("people read why they hear of it only now") {
  Story story({rule({}, {"team"})});
  story.happen(0, "major opens silenced");
  story.happen(9, "heard");
  CHECK(story.last().text.starts_with("Not told until now: silenced until 14:00 UTC by alice: known.\n"));
  CHECK(story.last().reason == "quiet_over: held before, silenced: until 14:00 UTC by alice: known");
  story.happen(10, "maintained");
  story.happen(11, "critical changes");
  story.happen(20, "heard");
  CHECK(story.last().kind == NoticeKind::updated);
  CHECK(story.last().text.starts_with("Not told until now: maintenance, new disks until 04:00 UTC.\n"));
}

TEST_CASE("what ends while it is quiet calls nobody, but whoever was told before hears the end") {
  Story unheard({rule({}, {"team"})});
  unheard.play({{0, "major opens maintained", "(team:opened:under_maintenance)"}, {9, "ends", "(team:resolved:never_told)"}});
  Story heard({rule({}, {"team"})});
  heard.play({{0, "major opens", "team:opened:first"},
              {3, "silenced critical changes", "(team:updated:silenced)"},
              {9, "ends", "team:resolved:resolved"}});
}

TEST_CASE("after a silence nothing is told when all is as people know it") {
  Story story({rule({}, {"team"})});
  story.play({
      {0, "major opens", "team:opened:first"},
      {3, "silenced critical changes", "(team:updated:silenced)"},
      {5, "major changes", ""},
      {9, "heard", "(team:updated:nothing_new)"},
      {10, "-", ""},
      {11, "critical changes", "team:updated:changed"},
  });
}

TEST_CASE("a silence of one channel leaves the others alone, and escalation waits for what is quiet") {
  NotifyRoute with_boss = rule({}, {"oncall", "team"});
  with_boss.escalate = Escalation{15min, {ChannelName("boss")}};
  Story story({with_boss});
  story.play({
      {0, "major opens team-silenced", "oncall:opened:first (team:opened:silenced)"},
      {16, "-", "boss:escalated:escalation_due"},
      {20, "heard", "team:opened:quiet_over"},
  });
  Story quiet({with_boss});
  quiet.play({
      {0, "major opens silenced", "(oncall:opened:silenced) (team:opened:silenced)"},
      {16, "-", "(boss:escalated:silenced)"},
      {60, "heard", "oncall:opened:quiet_over team:opened:quiet_over"},
      {70, "-", ""},  // people have had ten minutes
      {76, "-", "boss:escalated:escalation_due"},
  });
}

TEST_CASE("what somebody posts is told though nothing else has changed") {
  Story story({rule({}, {"team"})});
  story.play({
      {0, "major opens", "team:opened:first"},
      {3, "posts", "team:updated:posted"},
      {4, "silenced posts", "(team:updated:silenced)"},
      {9, "acked", ""},
  });
}

TEST_CASE("of an outage that lasts new numbers are told at growing intervals, and only when they are new") {
  NotifyRoute team = rule({}, {"team"});
  team.updates = {15min, 30min, 1h, 4h};
  Story story({team});
  story.play({
      {0, "major opens", "team:opened:first"},
      {5, "counts", "(team:updated:only_counts)"},
      {14, "-", ""},
      {15, "-", "team:updated:progress_due"},
      {16, "-", ""},
      {30, "-", ""},  // the numbers are those of before
      {31, "counts", "(team:updated:only_counts)"},
      {32, "-", "team:updated:progress_due"},
      {61, "critical changes", "team:updated:changed"},  // news of the moment stand for it
      {62, "counts", "(team:updated:only_counts)"},
      {63, "-", ""},
      {240, "-", "team:updated:progress_due"},
      {300, "counts", "(team:updated:only_counts)"},
      {479, "-", ""},
      {480, "-", "team:updated:progress_due"},
      {481, "silenced counts", "(team:updated:silenced)"},
      {725, "counts", ""},
  });
}

TEST_CASE("what mends is not told of by numbers, and a channel that was told nothing hears no numbers") {
  NotifyRoute team = rule({}, {"team"});
  team.updates = {15min};
  Story story({team, rule(serious, {"oncall"})});
  story.play({
      {0, "minor opens", "team:opened:first"},
      {10, "mends", "team:updated:changed"},
      {16, "counts", "(team:updated:only_counts)"},
      {17, "-", ""},
  });
}

TEST_CASE("an update says first what is new") {
  NotifyRoute team = rule({}, {"team"});
  team.updates = {15min};
  Story story({team});
  story.incident().status = IncidentStatus::investigating;
  story.happen(0, "major opens");
  story.happen(1, "critical changes");
  CHECK(story.last().text.starts_with("Worse: impact is now critical, it was major.\nExample Mail: mail is not accepted, since "));
  story.incident().status = IncidentStatus::identified;
  story.happen(2, "changes minor");
  CHECK(story.last().text.starts_with("Better: impact is now minor, it was critical. The cause is known: handing mail over to example-mail.\n"));
  story.happen(17, "counts");
  story.happen(18, "-");
  CHECK(story.last().text.starts_with("Still open after 15 min; these are the numbers now.\n"));
  story.happen(19, "mends");
  CHECK(story.last().title == "[minor, recovering] Example Mail: mail is not accepted");
  CHECK(story.last().text.starts_with("Mail gets through again; it is watched until that is certain.\n"));
  story.incident().status = IncidentStatus::identified;
  story.happen(20, "changes");
  CHECK(story.last().text.starts_with("It fails again: the recovery did not last.\n"));
}

TEST_CASE("a dead channel is told of through those that heard of the incident, once") {
  Story story({rule({}, {"oncall", "team"})});
  story.policy().people = {ChannelName("oncall"), ChannelName("team"), ChannelName("boss")};
  story.refuses("oncall");
  story.play({
      {0, "major opens", "oncall:opened:first team:opened:first"},
      {1, "-", "team:updated:stands_in"},
      {2, "-", ""},
      {3, "ends", "oncall:resolved:resolved team:resolved:resolved"},
  });
}

TEST_CASE("a channel that is dead is told of again when the incident returns") {
  Story story({rule({}, {"oncall", "team"})});
  story.policy().people = {ChannelName("oncall"), ChannelName("team")};
  story.refuses("oncall");
  story.play({
      {0, "major opens", "oncall:opened:first team:opened:first"},
      {1, "-", "team:updated:stands_in"},
      {10, "ends", "oncall:resolved:resolved team:resolved:resolved"},
      {20, "returns", "oncall:opened:first team:opened:first"},
      {21, "-", "team:updated:stands_in"},
      {22, "-", ""},
  });
}

TEST_CASE("a channel that is not there is dead at once, though it is asked again for days") {
  Story story({rule({}, {"oncall", "team"})});
  story.policy().people = {ChannelName("oncall"), ChannelName("team")};
  story.is_gone("oncall");
  story.play({
      {0, "major opens", "oncall:opened:first team:opened:first"},
      {1, "-", "team:updated:stands_in"},
      {2, "-", ""},
  });
}

TEST_CASE("when nobody else heard, the first that can call somebody stands in; a short trouble is waited out") {
  Story story({rule({}, {"oncall", "log"})});
  story.policy().people = {ChannelName("oncall"), ChannelName("boss")};
  story.stalls("oncall");
  story.play({
      {0, "major opens", "oncall:opened:first log:opened:first"},
      {9, "-", ""},
      {10, "-", "log:updated:stands_in boss:opened:stands_in"},
      {11, "-", ""},
      {12, "critical changes", "oncall:updated:changed log:updated:changed boss:updated:changed"},
  });
  Story dead({rule({}, {"oncall"})});
  dead.policy().people = {ChannelName("oncall"), ChannelName("boss")};
  dead.refuses("oncall");
  dead.happen(0, "major opens");
  dead.happen(1, "-");
  CHECK(dead.last().text.starts_with(
      "Channel oncall does not take notices (401 Unauthorized): whoever is called by it has not heard of this.\nExample Mail: "));
}

TEST_CASE("words of one's own take the place of ours on their channel alone") {
  Story story({rule({}, {"team", "oncall"})});
  story.policy().words[ChannelName("oncall")] = {{"title", "{impact}: {title}"}, {"text", "{measured}\n{said}\n{link}"}, {"public_text", "{title}."}};
  story.happen(0, "major opens");
  const Notice& worded = story.last();
  CHECK(worded.channel == ChannelName("oncall"));
  CHECK(worded.title == "major: Example Mail: mail is not accepted");
  CHECK(worded.text == "12 of 14 canaries failed (86%: 1 lost), 2 more are overdue.\n" + worded.url);
  CHECK(worded.public_text == "Example Mail: mail is not accepted.");
  CHECK(story.history().notices.front().title == "[major] Example Mail: mail is not accepted");
}

TEST_CASE("what somebody writes for customers reaches them as it is written, and what is for the house does not") {
  Story story({rule({}, {"team"})});
  story.happen(0, "major opens");
  story.incident().updates.push_back({story.incident().opened_at + 1min, IncidentStatus::identified, "disk 3 of mx1 died", "A disk is replaced.", "alice"});
  story.happen(1, "posts");
  CHECK(story.last().public_text == "A disk is replaced.");
  story.incident().updates.push_back({story.incident().opened_at + 2min, IncidentStatus::identified, "the spare is dead too", "", "alice"});
  story.happen(2, "posts");
  CHECK(story.last().public_text.empty());
  story.happen(3, "critical changes");
  CHECK(story.last().public_text.find("test messages failed") != std::string::npos);
}
