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

Task<void> one_turn(EventLoop& loop, const Config& config, Station& station, TickSummary& summary) {
  Group collecting(loop);
  for (const auto& account : station.mailboxes()) collecting.add(station.collect(account));
  collecting.add(station.look_upstream());
  co_await collecting.all();
  for (const auto& [account, reader] : station.engine().readers()) {
    if (!reader.fault.empty()) summary.troubles.push_back(fmt::format("mailbox of {}: {}", account.str(), reader.fault));
  }

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
  co_await station.forget_all();
  co_await station.take_turn();
  summary.queued_notices = static_cast<int>(station.engine().queued_notices().size());

  co_await station.retire();
  co_await station.load_days();
  auto published = co_await station.publish();
  if (!published) summary.troubles.push_back("page: " + published.error().message);
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
