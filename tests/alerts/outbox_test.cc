#include <sstream>

#include "alerts/outbox.h"
#include "tests/alerts/samples.h"
#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;
using Outcome = Delivery::Outcome;

namespace {

const WallTime now = at("2026-11-24T13:00:00Z");
const ChannelName team("team");

NoticeKind kind_of(char letter) {
  switch (letter) {
    case 'o': return NoticeKind::opened;
    case 'u': return NoticeKind::updated;
    case 'r': return NoticeKind::reminder;
    case 'e': return NoticeKind::escalated;
    default: return NoticeKind::resolved;  // 'x'
  }
}

// "A1o": incident A, number 1, opened. "A1o+30": its next attempt is 30 s from now; "A1o-5": was due 5 s ago.
Notice notice_from(const std::string& word, int position) {
  Notice notice;
  notice.id = NoticeId(word.substr(0, 3));
  notice.incident = IncidentId(word.substr(0, 1));
  notice.channel = team;
  notice.sequence = word[1] - '0';
  notice.kind = kind_of(word[2]);
  notice.created_at = now - 10min + std::chrono::seconds(position);
  if (word.size() > 3) notice.next_attempt_at = now + std::chrono::seconds(std::stoi(word.substr(3)));
  return notice;
}

std::vector<Notice> queue_from(const std::string& words) {
  std::vector<Notice> queue;
  std::istringstream stream(words);
  for (std::string word; stream >> word;) queue.push_back(notice_from(word, static_cast<int>(queue.size())));
  return queue;
}

// "A2u (A1o)": A2u goes next, A1o is collapsed. "wait 30": nothing is due for 30 s. "": nothing at all.
std::string chosen(const std::string& words) {
  const OutboxChoice choice = choose_next(queue_from(words), team, now);
  std::string result = choice.next ? choice.next->id.str() : "";
  for (const auto& notice : choice.collapsed) {
    CHECK(notice.state == NoticeState::collapsed);
    result += " (" + notice.id.str() + ")";
  }
  if (choice.wake_at) result += "wait " + std::to_string((*choice.wake_at - now) / 1s);
  return result;
}

Notice tried(Outcome outcome, std::optional<Duration> retry_after = {}) {
  return after_attempt(notice_from("A1o", 0), {outcome, "503 Service Unavailable", retry_after, "ref-1"}, now, 0.5);
}

}  // namespace

TEST_CASE("what goes next: the oldest news first, the newest state of each incident, never out of order") {
  struct Row {
    const char* queued;
    const char* expected;
  };
  const Row rows[] = {
      {"", ""},
      {"A1o", "A1o"},
      {"A1o B1o", "A1o"},
      {"B1o A1o", "B1o"},
      {"A1o A2u", "A2u (A1o)"},
      {"A2u A1o", "A2u (A1o)"},  // by number, not by place
      {"A1o A2u A3r", "A3r (A1o) (A2u)"},
      {"A1o A2x", "A2x (A1o)"},  // over before it could be told: one message tells both
      {"A1e A2x", "A2x (A1e)"},
      {"A1x A2u", "A1x"},  // an end is told itself, even when it began again
      {"A1o A2x A3u A4u", "A2x (A1o)"},
      {"A1o+30", "wait 30"},
      {"A1o+30 A2u", "wait 30"},  // the newer one keeps to the back-off of the older
      {"A1o+30 B1o", "B1o"},      // but another incident need not wait
      {"A1o+30 B1o+20", "wait 20"},
      {"A1o-1 A2u", "A2u (A1o)"},
      {"A1x+30 A2u", "wait 30"},
      {"A1o+99999", "A1o"},  // further off than any wait we set: the clock was set back
  };
  for (const auto& row : rows) {
    CAPTURE(row.queued);
    CHECK(chosen(row.queued) == row.expected);
  }
}

TEST_CASE("only queued notices of the channel are chosen") {
  auto queue = queue_from("A1o B1o C1o");
  queue[0].channel = ChannelName("oncall");
  queue[1].state = NoticeState::delivered;
  const auto choice = choose_next(queue, team, now);
  REQUIRE(choice.next);
  CHECK(choice.next->id.str() == "C1o");
}

TEST_CASE("a delivered notice is done and remembers what the channel called it") {
  const Notice notice = tried(Outcome::delivered);
  CHECK(notice.state == NoticeState::delivered);
  CHECK(notice.delivered_at == now);
  CHECK(notice.attempts == 1);
  CHECK(notice.remote_ref == "ref-1");
  CHECK(notice.last_error.empty());
  CHECK_FALSE(notice.next_attempt_at);
}

TEST_CASE("what the channel cannot take is not tried again") {
  const Notice notice = tried(Outcome::bad_payload);
  CHECK(notice.state == NoticeState::failed);
  CHECK(notice.last_error == "503 Service Unavailable");
  CHECK_FALSE(notice.next_attempt_at);
}

TEST_CASE("an end that meets a channel which is not there is told when the channel is back, within three days") {
  Notice notice = notice_from("A1x", 0);
  WallTime time = notice.created_at;
  const auto stop = [&] { notice = after_attempt(notice, {Outcome::channel_stopped, "404 Not Found", {}, ""}, time, 0.0); };
  stop();
  REQUIRE(notice.state == NoticeState::queued);
  CHECK(*notice.next_attempt_at - time == 30s);  // a server that is being replaced is back by then
  for (time += 30s; time - notice.created_at < 72h; time += 15min) {
    stop();
    REQUIRE(notice.state == NoticeState::queued);
    CHECK(*notice.next_attempt_at - time == 15min);
  }
  stop();
  CHECK(notice.state == NoticeState::failed);
  CHECK(notice.last_error == "given up after 290 attempts in 3 d: 404 Not Found");
}

TEST_CASE("waits double from 5 s to 15 min, drawn from nothing to the whole") {
  struct Row {
    int attempts_before;
    double jitter;
    Duration wait;
  };
  const Row rows[] = {
      {0, 1.0, 5s},   {1, 1.0, 10s},  {2, 1.0, 20s},   {3, 1.0, 40s},   {4, 1.0, 80s},      {5, 1.0, 160s},
      {6, 1.0, 320s}, {7, 1.0, 640s}, {8, 1.0, 15min}, {9, 1.0, 15min}, {1000, 1.0, 15min}, {2, 0.5, 10s},
      {8, 0.5, 450s}, {0, 0.0, 1s},   {8, 0.0, 1s},  // even the luckiest draw is no storm
  };
  for (const auto& row : rows) {
    CAPTURE(row.attempts_before, row.jitter);
    Notice notice = notice_from("A1o", 0);
    notice.attempts = row.attempts_before;
    notice = after_attempt(notice, {Outcome::retry_later, "503", {}, ""}, now, row.jitter);
    CHECK(notice.state == NoticeState::queued);
    CHECK(notice.attempts == row.attempts_before + 1);
    REQUIRE(notice.next_attempt_at);
    CHECK(*notice.next_attempt_at - now == row.wait);
  }
}

TEST_CASE("Retry-After is obeyed, within reason") {
  struct Row {
    Duration asked, wait;
  };
  const Row rows[] = {{30s, 30s}, {2h, 2h}, {0s, 1s}, {48h, 24h}};
  for (const auto& row : rows) {
    const Notice notice = tried(Outcome::retry_later, row.asked);
    CAPTURE(row.asked.count());
    REQUIRE(notice.next_attempt_at);
    CHECK(*notice.next_attempt_at - now == row.wait);
  }
}

TEST_CASE("an end is tried as long as a beginning, and both are given up after three days with the last error") {
  for (const char* word : {"A1o", "A1x", "A1r"}) {
    CAPTURE(word);
    Notice notice = notice_from(word, 0);
    notice.attempts = 300;
    notice.created_at = now - 72h + 1s;
    CHECK(after_attempt(notice, {Outcome::retry_later, "503", {}, ""}, now, 0.5).state == NoticeState::queued);
    notice.created_at = now - 72h;
    const Notice given_up = after_attempt(notice, {Outcome::retry_later, "503", {}, ""}, now, 0.5);
    CHECK(given_up.state == NoticeState::failed);
    CHECK(given_up.last_error == "given up after 301 attempts in 3 d: 503");
    CHECK_FALSE(given_up.next_attempt_at);
  }
}

TEST_CASE("a notice that waited for weeks while nothing ran is still tried once") {
  Notice notice = notice_from("A1x", 0);
  notice.created_at = now - 24h * 30;
  const auto choice = choose_next({notice}, team, now);
  REQUIRE(choice.next);
  CHECK(after_attempt(*choice.next, {Outcome::delivered, "200 OK", {}, ""}, now, 0.5).state == NoticeState::delivered);
}

TEST_CASE("an error that a channel reports is kept as one safe line") {
  const Notice notice =
      after_attempt(notice_from("A1o", 0), {Outcome::retry_later, "bad\r\n\x1b[31mred", {}, ""}, now, 0.5);
  CHECK(notice.last_error == "bad \xEF\xBF\xBD[31mred");
}

TEST_CASE("a whole outage of the channel ends in one message that says how it ended") {
  std::vector<Notice> queue = queue_from("A1o");
  WallTime clock = now;
  // Ten failures, while an update and the end come in behind.
  for (int i = 0; i < 10; ++i) {
    if (i == 3) queue.push_back(notice_from("A2u", 1));
    if (i == 6) queue.push_back(notice_from("A3x", 2));
    const auto choice = choose_next(queue, team, clock);
    if (!choice.next) {
      REQUIRE(choice.wake_at);
      clock = *choice.wake_at;
      continue;
    }
    for (auto& stored : queue) {
      for (const auto& collapsed : choice.collapsed)
        if (stored.id == collapsed.id) stored = collapsed;
      if (stored.id == choice.next->id)
        stored = after_attempt(*choice.next, {Outcome::retry_later, "503", {}, ""}, clock, 0.7);
    }
  }
  const auto last = choose_next(queue, team, clock + 15min);
  REQUIRE(last.next);
  CHECK(last.next->id.str() == "A3x");
  for (const auto& notice : queue) CHECK((notice.id.str() == "A3x" || notice.state == NoticeState::collapsed));
}
