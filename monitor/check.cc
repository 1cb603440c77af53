#include "monitor/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"
#include "core/units.h"
#include "monitor/ledger_location.h"
#include "monitor/station.h"

namespace mailcanary {

namespace {

constexpr int enough_history = 100;
constexpr Duration clean_up_patience = std::chrono::seconds(2);
constexpr Duration glance = std::chrono::milliseconds(50);
// Most canaries are there by then. Only after it the sender's mailbox is opened, where a bounce would come: a login costs
// as much as all that is left to do.
constexpr Duration bounce_patience = std::chrono::seconds(2);

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

std::string perfdata(const Canary& canary) {
  if (!canary.round_trip) return "";
  std::string text = fmt::format(" | round_trip={:.3f}s;{:g};{:g};0", seconds(*canary.round_trip),
                                 seconds(canary.late_after), seconds(canary.lost_after));
  if (canary.accepted_at) {
    const Duration submit = *canary.accepted_at - canary.sent_at;
    text += fmt::format(" submit={:.3f}s transit={:.3f}s", seconds(submit),
                        std::max(0.0, seconds(*canary.round_trip - submit)));
  }
  return text;
}

// A pipe begins the performance data, so peers' words must not hold one.
std::string plugin_text(std::string text) {
  for (char& c : text) {
    if (c == '|') c = '/';
  }
  return text;
}

Task<std::optional<Canary>> look_up(Ledger& ledger, CanaryId id) {
  auto found = std::make_shared<std::optional<Canary>>();
  std::function<void(LedgerStore&)> find = [found, id](LedgerStore& store) {
    auto canary = store.find(id);
    if (canary) *found = std::move(*canary);
  };
  co_await ledger.with_store(std::move(find));
  co_return *found;
}

Task<std::optional<Canary>> newest_settled(Ledger& ledger, RouteName route) {
  auto newest = std::make_shared<std::optional<Canary>>();
  std::function<void(LedgerStore&)> find = [newest, route](LedgerStore& store) {
    auto canaries = store.history(route, enough_history);
    if (!canaries) return;
    for (auto& canary : *canaries) {
      if (canary.fate == Fate::pending || canary.fate == Fate::unknown) continue;
      *newest = std::move(canary);
      return;
    }
  };
  co_await ledger.with_store(std::move(find));
  co_return *newest;
}

// What keeps us from seeing this mailbox, or nothing.
std::string fault_of(Station& station, const AccountName& account) {
  const auto reader = station.engine().readers().find(account);
  return reader == station.engine().readers().end() ? "" : reader->second.fault;
}

struct Check {
  EventLoop& loop;
  Station& station;
  Route route;
  CheckOptions options;
  bool we_read;        // no `run` or `tick` holds the mailboxes
  MonoTime until;
  CheckAnswer answer;
  std::optional<MonoTime> bounces_due;  // when to look for one; none: not yet sent, or looking
};

CheckAnswer unreadable(const Check& check) {
  return answer_unknown(check.route.name, fmt::format("the mailbox of {} cannot be read: {}", check.route.to.str(),
                                                      fault_of(check.station, check.route.to)));
}

// The first look shows that the mailbox can be read, and where its end is. One that cannot be read for a fault of our
// own ends the check; when its server is at fault the canary is sent all the same: a refusal of it is an answer.
Task<bool> first_look(std::shared_ptr<Check> check) {
  Station& station = check->station;
  const WallTime started = check->loop.now().wall;
  check->loop.spawn(station.read_mailbox(check->route.to));
  for (;;) {
    const auto reader = station.engine().readers().find(check->route.to);
    if (reader != station.engine().readers().end()) {
      if (!reader->second.fault.empty() && reader->second.faulty_since >= started) {
        check->answer = unreadable(*check);
        co_return !reader->second.own_fault;
      }
      if (reader->second.looked_at && *reader->second.looked_at >= started) co_return true;
    }
    const Duration left = check->until - check->loop.now().mono;
    if (left <= Duration::zero()) {
      check->answer = answer_unknown(check->route.name, fmt::format("the mailbox of {} did not answer within {}",
                                                                    check->route.to.str(), human_duration(check->options.at_most)));
      co_return false;
    }
    co_await station.wait_for_event(left);
  }
}

// Turns until the canary is settled or the time is over.
Task<void> follow(std::shared_ptr<Check> check, CanaryId id) {
  Station& station = check->station;
  const RouteName& route = check->route.name;
  for (;;) {
    // Asked before the turn: what a submission that ends later has told is recorded by the next one only.
    const bool sending = station.submissions() > 0;
    co_await station.take_turn();
    auto canary = co_await look_up(station.ledger(), id);
    if (!canary) {
      check->answer = answer_unknown(route, "the ledger does not know the canary");
      co_return;
    }
    if (canary->fate != Fate::pending && !sending) {
      // The daemon's reader may have settled it; what only we know of its submission is added.
      station.engine().settled_elsewhere(*canary);
      co_await station.take_turn();
      auto whole = co_await look_up(station.ledger(), id);
      check->answer = answer_for(whole ? *whole : *canary, check->options.at_most);
      co_return;
    }
    if (check->options.wait == CheckOptions::Wait::not_at_all && !sending) {
      auto settled = co_await newest_settled(station.ledger(), route);
      check->answer = settled ? answer_for(*settled, {}) : answer_unknown(route, "sent; no canary of this route is settled yet");
      co_return;
    }
    if (check->we_read && !sending && !fault_of(station, check->route.to).empty()) {
      check->answer = unreadable(*check);
      co_return;
    }
    const MonoTime now = check->loop.now().mono;
    if (now >= check->until) {
      check->answer = answer_for(*canary, check->options.at_most);
      co_return;
    }
    if (check->bounces_due && now >= *check->bounces_due) {
      check->bounces_due.reset();
      check->loop.spawn(station.read_mailbox(check->route.from));
    }
    const Duration left = std::min(check->until, check->bounces_due.value_or(check->until)) - now;
    co_await station.wait_for_event(check->we_read ? left : std::min(left, glance));
  }
}

Task<void> perform(std::shared_ptr<Check> check) {
  Station& station = check->station;
  if (check->we_read) {
    const bool ready = co_await first_look(check);
    if (!ready) co_return;
  }
  std::vector<std::size_t> only_route{0};
  co_await station.take_turn(std::move(only_route));
  const auto sent = station.newest_sent();
  if (!sent) {
    check->answer = answer_unknown(check->route.name, "nothing was sent: " + station.engine().own_fault(check->route.name));
    co_return;
  }
  const auto mailboxes = station.mailboxes();
  const bool bounces_can_be_read = std::find(mailboxes.begin(), mailboxes.end(), check->route.from) != mailboxes.end();
  if (check->we_read && bounces_can_be_read && check->route.from != check->route.to) {
    check->bounces_due = check->loop.now().mono + bounce_patience;
  }
  co_await follow(check, *sent);
  if (!check->we_read) co_return;
  co_await station.removals_done(clean_up_patience);
  co_await station.take_turn();
}

}  // namespace

CheckAnswer answer_unknown(const RouteName& route, const std::string& why) {
  return {CheckAnswer::State::unknown, plugin_text(fmt::format("UNKNOWN: {} {}", route.str(), why))};
}

CheckAnswer answer_for(const Canary& canary, Duration waited) {
  using State = CheckAnswer::State;
  const std::string& route = canary.route.str();
  const std::string took = canary.round_trip ? fmt::format("{:.2f} s", seconds(*canary.round_trip)) : "unknown time";
  const std::string reason = plugin_text(canary.reason);
  switch (canary.fate) {
    case Fate::delivered:
      return {State::ok, fmt::format("OK: {} delivered in {}{}", route, took, perfdata(canary))};
    case Fate::late:
      return {State::warning, fmt::format("WARNING: {} late, arrived after {} (late after {}){}", route, took,
                                          human_duration(canary.late_after), perfdata(canary))};
    case Fate::junked:
      return {State::warning, fmt::format("WARNING: {} junked, {} after {}{}", route, reason, took, perfdata(canary))};
    case Fate::pending:
      return {State::critical, fmt::format("CRITICAL: {} not delivered within {}, {}", route, human_duration(waited),
                                           canary.accepted_at ? "accepted by the server and still looked for"
                                                              : "its submission is not answered yet")};
    case Fate::unknown:
      return answer_unknown(canary.route, canary.reason);
    case Fate::bounced:
    case Fate::rejected:
    case Fate::deferred:
    case Fate::unreachable:
    case Fate::lost: break;
  }
  return {State::critical, fmt::format("CRITICAL: {} {}, {}", route, name_of(canary.fate), reason)};
}

CheckAnswer run_check(EventLoop& loop, const Config& config, const Route& route, CheckOptions options) {
  // Holding the lock, we are the reader; not getting it, somebody else is.
  auto lock = hold_ledger(config);
  if (!lock && lock.error().kind != ErrorKind::busy) return answer_unknown(route.name, lock.error().message);

  Config narrow = config;  // only this route, so that only its mailboxes are opened
  narrow.routes = {route};
  narrow.channels.clear();
  narrow.notify.clear();
  StationOptions station_options;
  // Told apart within the wait: a server that stalls is named with the step that it does not answer.
  const MonoTime until = loop.now().mono + options.at_most;
  station_options.submit_patience = options.at_most;
  station_options.submit_by = until - options.at_most / 20;
  station_options.role = EngineRole::only_observes;
  auto station = Station::open(loop, narrow, station_options);
  if (!station) return answer_unknown(route.name, station.error().message);
  auto check = std::make_shared<Check>(Check{loop, **station, route, options, static_cast<bool>(lock), until, {}, {}});
  loop.run_until_done(perform(check));
  loop.abandon();
  return check->answer;
}

}  // namespace mailcanary
