// Histories of an incident, a row a turn: what is kept quiet, what is told of one that lasts, and what a dead channel costs.
#include "tests/alerts/story.h"

using namespace mailcanary;
using namespace std::chrono_literals;

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

TEST_CASE("the last interval comes again and again, but for what was told shortly before") {
  NotifyRoute team = rule({}, {"team"});
  team.updates = {1h};
  Story story({team});
  std::vector<Story::Turn> turns = {{0, "major opens", "team:opened:first"}};
  for (int hour = 1; hour <= 30; ++hour) {
    if (hour == 20) turns.push_back({hour * 60 - 5, "critical changes", "team:updated:changed"});
    const bool told_by_then = hour == 20;
    turns.push_back({hour * 60 - 1, "counts", hour == 21 ? "" : "(team:updated:only_counts)"});  // that they are held was said
    turns.push_back({hour * 60, "-", told_by_then ? "" : "team:updated:progress_due"});
  }
  story.play(turns);
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
