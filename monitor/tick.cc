#include <fmt/format.h>

#include "core/log.h"
#include "monitor/run.h"
#include "monitor/schedule.h"

namespace mailcanary {

namespace {

constexpr Duration notice_patience = std::chrono::seconds(30);

// Several coroutines at once; all() returns when each has ended.
class Group {
 public:
  explicit Group(EventLoop& loop) : loop_(loop), ended_(loop) {}
  void add(Task<void> task) {
    ++running_;
    loop_.spawn(follow(this, std::move(task)));
  }
  Task<void> all() {
    while (running_ > 0) co_await ended_.wait_for(std::chrono::seconds(1));
  }

 private:
  static Task<void> follow(Group* group, Task<void> task) {
    co_await std::move(task);
    --group->running_;
    group->ended_.notify();
  }
  EventLoop& loop_;
  Wakeup ended_;
  int running_ = 0;
};

struct Living {
  Heartbeat heartbeat;
  std::string run_id;
};

// A heartbeat that is not heard is noticed by whoever waits for it; here it is a trouble of this turn.
Task<void> say(EventLoop& loop, Living living, Beat what, std::string report, TickSummary* summary) {
  HttpClient http(loop);
  const std::string name = living.heartbeat.name;
  const auto said = co_await beat(http, std::move(living.heartbeat), what, std::move(report), std::move(living.run_id));
  if (!said) summary->troubles.push_back(fmt::format("heartbeat {}: {}", name, said.error().message));
}

Task<void> one_turn(EventLoop& loop, const Config& config, Station& station, TickSummary& summary) {
  const WallTime began = loop.now().wall;
  std::vector<Living> living;
  for (const auto& heartbeat : config.heartbeats) living.push_back({heartbeat, make_uuid()});
  Group collecting(loop);
  for (const auto& each : living) collecting.add(say(loop, each, Beat::start, "", &summary));
  for (const auto& account : station.mailboxes()) collecting.add(station.collect(account));
  collecting.add(station.look_upstream());
  collecting.add(station.count_sent());
  collecting.add(station.ask_anchors());
  co_await collecting.all();
  for (const auto& [account, reader] : station.engine().readers()) {
    if (!reader.fault.empty()) summary.troubles.push_back(fmt::format("mailbox of {}: {}", account.str(), reader.fault));
  }

  co_await station.load_canaries();
  co_await station.load_hours();
  std::vector<std::size_t> due = due_for_tick(config.routes, station.engine().last_sent(), loop.now().wall);
  co_await station.take_turn(std::move(due));
  if (const auto& fault = station.engine().ledger_fault(); !fault.empty()) summary.troubles.push_back("ledger: " + fault);
  co_await station.submissions_done();
  station.engine().confirm_no_more();
  co_await station.take_turn();

  Group delivering(loop);
  const MonoTime deadline = loop.now().mono + notice_patience;
  for (const auto& channel : station.channels()) delivering.add(station.deliver_due(channel, deadline));
  co_await delivering.all();
  for (const auto& channel : station.channels()) delivering.add(station.repeat(channel));
  co_await delivering.all();
  co_await station.forget_all();
  if (!config.metrics_textfile.empty()) station.engine().keep_tallies();
  co_await station.take_turn();
  // Those that were not tried wait for their channel's pace.
  for (const auto& notice : station.engine().queued_notices()) summary.queued_notices += notice.attempts > 0 ? 1 : 0;

  co_await station.retire();
  co_await station.load_history();
  auto published = co_await station.publish();
  if (!published) summary.troubles.push_back("page: " + published.error().message);

  Group ending(loop);
  const Vitals vitals = station.vitals();
  const std::vector<std::string> faults = faults_of(vitals, began, loop.now().wall);
  const Beat what = faults.empty() ? Beat::well : Beat::unwell;
  for (const auto& each : living) ending.add(say(loop, each, what, report_of(vitals, faults), &summary));
  co_await ending.all();
  co_await station.close();
}

}  // namespace

Result<TickSummary> run_tick(EventLoop& loop, const Config& config) {
  auto lock = hold_ledger(config);
  if (!lock) return lock.error();
  StationOptions options;
  options.heartbeat = Duration(1);  // one complete look, then on with the work
  auto opened = Station::open(loop, config, options);
  if (!opened) return opened.error();
  TickSummary summary;
  loop.run_until_done(one_turn(loop, config, **opened, summary));
  loop.abandon();
  return summary;
}

}  // namespace mailcanary
