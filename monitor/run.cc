#include "monitor/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/log.h"
#include "core/supervisor.h"
#include "core/text.h"
#include "monitor/schedule.h"
#include "monitor/web.h"

namespace mailcanary {

namespace {

constexpr Duration housekeeping_every = std::chrono::minutes(1);
constexpr Duration orders_every = std::chrono::milliseconds(800);
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
    const auto looked_at = station.orders_looked_at();
    const MonoTime due = looked_at ? *looked_at + orders_every : loop.now().mono;
    if (loop.now().mono < due) {
      co_await loop.sleep_until(due);
    } else {
      co_await station.take_orders();
    }
  }
}

Task<void> look_upstream(Station& station, EventLoop& loop) {
  for (;;) {
    co_await station.look_upstream();
    co_await loop.sleep_for(std::chrono::seconds(1));
  }
}

Task<void> count_sent(Station& station, EventLoop& loop) {
  for (;;) {
    co_await station.count_sent();
    co_await loop.sleep_for(std::chrono::seconds(1));
  }
}

Task<void> keep_house(Station& station, EventLoop& loop, Duration every) {
  for (;;) {
    co_await station.load_canaries();
    co_await station.adopt();
    co_await station.retire();
    co_await station.load_history();
    co_await station.load_hours();
    co_await loop.sleep_for(every);
  }
}

Task<void> live(Station& station, EventLoop& loop, Heartbeat heartbeat) {
  HttpClient http(loop);
  const WallTime began = loop.now().wall;
  std::string last_fault;
  std::vector<std::string> faults;
  Beat what = Beat::start;
  for (;;) {
    std::string report = report_of(station.vitals(), faults);
    std::string no_run_id;
    const auto said = co_await beat(http, heartbeat, what, std::move(report), std::move(no_run_id));
    const std::string fault = said ? "" : said.error().message;
    if (fault != last_fault && !fault.empty()) log_warning("heartbeat not heard: name={} reason=\"{}\"", heartbeat.name, fault);
    if (fault != last_fault && fault.empty()) log_info("heartbeat heard again: name={}", heartbeat.name);
    last_fault = fault;
    // The first turns need a moment; afterwards "start" must not stand for long.
    co_await loop.sleep_for(what == Beat::start ? std::min<Duration>(heartbeat.every, start_patience) : heartbeat.every);
    faults = faults_of(station.vitals(), began, loop.now().wall);
    what = faults.empty() ? Beat::well : Beat::unwell;
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
    auto made = make_status_web(loop, config, station, options.operators);
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
  for (const auto& channel : station.channels()) {
    loop.spawn(station.deliver_notices(channel));
    loop.spawn(station.keep_told(channel));
  }
  for (const auto& heartbeat : config.heartbeats) loop.spawn(live(station, loop, heartbeat));
  loop.spawn(take_orders(station, loop));
  const bool any_upstream = std::any_of(config.providers.begin(), config.providers.end(),
                                        [](const Provider& provider) { return !provider.upstream_status.empty(); });
  if (any_upstream) loop.spawn(look_upstream(station, loop));
  if (!config.anchors.empty()) loop.spawn(station.watch_anchors());
  if (station.counts_sent()) loop.spawn(count_sent(station, loop));
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
