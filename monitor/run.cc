#include "monitor/run.h"

#include <fmt/format.h>

#include "core/log.h"
#include "core/supervisor.h"
#include "core/text.h"
#include "monitor/schedule.h"
#include "monitor/web.h"

namespace mailcanary {

namespace {

constexpr Duration housekeeping_every = std::chrono::minutes(1);
constexpr Duration orders_every = std::chrono::milliseconds(500);
constexpr Duration close_patience = std::chrono::seconds(5);
constexpr Duration record_within = std::chrono::seconds(1);
constexpr Duration forget_every = std::chrono::seconds(5);
// Sending begins when all mailboxes are watched, or after this time: one that cannot be reached keeps nobody else waiting.
constexpr Duration start_patience = std::chrono::seconds(10);

Task<void> work(Station& station, const Config& config, EventLoop& loop, const bool& stopping) {
  const MonoTime start_by = loop.now().mono + start_patience;
  std::optional<Schedule> schedule;
  while (!stopping) {
    const Now now = loop.now();
    if (!schedule && (station.unanswered() == 0 || now.mono >= start_by)) {
      schedule.emplace(config.routes, station.engine().last_sent(), now);
    }
    std::vector<std::size_t> due;
    if (schedule) due = schedule->take_due(now);
    co_await station.take_turn(std::move(due));
    tell_supervisor("WATCHDOG=1");
    co_await station.wait_for_event(schedule ? schedule->wait(loop.now()) : start_by - loop.now().mono);
  }
  co_await station.close();
  loop.stop();
}

Task<void> show(Station& station, EventLoop& loop, Duration refresh) {
  std::string last_fault;
  for (;;) {
    if (station.page_is_stale(loop.now().wall)) {
      auto published = co_await station.publish();
      // A fault that stays is said once.
      const std::string fault = published ? "" : published.error().message;
      if (!fault.empty() && fault != last_fault) log_error("the page cannot be written: {}", fault);
      last_fault = fault;
      co_await loop.sleep_for(std::chrono::seconds(1));
    } else {
      co_await station.wait_for_news(refresh);
    }
  }
}

Task<void> take_orders(Station& station, EventLoop& loop) {
  for (;;) {
    co_await station.take_orders();
    co_await loop.sleep_for(orders_every);
  }
}

Task<void> look_upstream(Station& station, EventLoop& loop) {
  for (;;) {
    co_await station.look_upstream();
    co_await loop.sleep_for(std::chrono::seconds(1));
  }
}

Task<void> keep_house(Station& station, EventLoop& loop, Duration every) {
  for (;;) {
    co_await station.adopt();
    co_await station.retire();
    co_await station.load_history();
    co_await loop.sleep_for(every);
  }
}

Task<void> stop_later(EventLoop& loop, Duration time, std::function<void()> stop) {
  co_await loop.sleep_for(time);
  stop();
}

Task<void> give_up_later(EventLoop& loop) {
  co_await loop.sleep_for(close_patience);
  loop.stop();
}

}  // namespace

Result<void> run_daemon(EventLoop& loop, const Config& config, RunOptions options) {
  auto lock = hold_ledger(config);
  if (!lock) return lock.error();
  options.station.record_within = record_within;
  options.station.forget_every = forget_every;
  auto opened = Station::open(loop, config, options.station);
  if (!opened) return opened.error();
  Station& station = **opened;

  std::unique_ptr<WebServer> web;
  if (!config.status.listen_host.empty()) {
    auto made = make_status_web(loop, config, station);
    if (!made) return made.error();
    web = std::move(*made);
  }

  bool stopping = false;
  const std::function<void()> stop = [&] {
    if (std::exchange(stopping, true)) return;
    log_info("stopping");
    tell_supervisor("STOPPING=1");
    station.ask_for_turn();
    loop.spawn(give_up_later(loop));
  };
  loop.on_termination([&](int) { stop(); });
  if (options.stop_after) loop.spawn(stop_later(loop, *options.stop_after, stop));
  loop.spawn(work(station, config, loop, stopping));
  loop.spawn(station.read_mailboxes());
  for (const auto& channel : station.channels()) loop.spawn(station.deliver_notices(channel));
  loop.spawn(take_orders(station, loop));
  loop.spawn(look_upstream(station, loop));
  loop.spawn(show(station, loop, options.station.refresh));
  loop.spawn(keep_house(station, loop, std::min(housekeeping_every, 5 * options.station.refresh)));

  log_info("running: {}, {}, vantage={}", count_noun(static_cast<long long>(config.routes.size()), "route", "routes"),
           count_noun(static_cast<long long>(config.accounts.size()), "account", "accounts"), config.vantage);
  tell_supervisor("READY=1");
  if (options.on_started) options.on_started(station, web ? web->port() : 0);
  loop.run();
  loop.abandon();
  return {};
}

}  // namespace mailcanary
