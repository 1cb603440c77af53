// The life of an incident as told to people: a row a turn, what happens, and which notices follow.
#pragma once
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "alerts/pipeline.h"
#include "tests/alerts/samples.h"
#include "tests/catch.h"

namespace mailcanary {

inline NotifyRoute rule(std::vector<Impact> impacts, std::vector<const char*> to, Duration remind = {}) {
  NotifyRoute route;
  route.impacts = std::move(impacts);
  for (const char* channel : to) route.to.emplace_back(channel);
  route.remind = remind;
  return route;
}

class Story {
 public:
  using Kind = IncidentChange::Kind;
  struct Turn {
    int minute;           // since the incident opened
    const char* event;    // words of Story::happen, or "-" for a turn in which nothing does
    const char* notices;  // "channel:kind:reason", held ones in brackets; "" for none
  };

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
        notice.next_attempt_at = now + std::chrono::minutes(15);
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

inline const std::vector<Impact> serious = {Impact::major, Impact::critical};

}  // namespace mailcanary
