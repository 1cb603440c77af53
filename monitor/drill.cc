#include "monitor/drill.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "alerts/channel.h"
#include "alerts/pipeline.h"
#include "config/channel_kinds.h"
#include "core/text.h"
#include "monitor/notice_mail.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;
using Outcome = Delivery::Outcome;

constexpr Duration first_pause = 1s;
constexpr Duration longest_pause = 8s;

struct Work {
  EventLoop& loop;
  ChannelAdapter& adapter;
  const DrillScenario& scenario;
  const DrillOptions& options;
  Incident incident;
};

// The incident as the notice of this kind finds it.
void go_on(Incident& incident, NoticeKind kind, WallTime now) {
  incident.updated_at = now;
  incident.status = kind == NoticeKind::opened    ? IncidentStatus::investigating
                    : kind == NoticeKind::updated ? IncidentStatus::monitoring
                    : kind == NoticeKind::resolved ? IncidentStatus::resolved
                                                   : IncidentStatus::identified;
  if (kind == NoticeKind::resolved) incident.resolved_at = now;
}

// One notice, tried until it gets through, is refused for good, or the patience ends; the delivery of the last attempt.
Task<Delivery> tell(Work* work, Notice notice, DrillStep* step) {
  const MonoTime began = work->loop.now().mono, deadline = began + work->options.patience;
  Duration pause = first_pause;
  for (;;) {
    Delivery delivery = co_await work->adapter.deliver(notice);
    ++notice.attempts;
    step->attempts = notice.attempts;
    step->took = work->loop.now().mono - began;
    const Duration wait = delivery.retry_after.value_or(pause);
    if (delivery.outcome != Outcome::retry_later || work->loop.now().mono + wait >= deadline) co_return delivery;
    co_await work->loop.sleep_for(wait);
    pause = std::min(2 * pause, longest_pause);
  }
}

Task<void> go_through(Work work, DrillResult* result, int* left, Wakeup* ended) {
  std::string ref;
  int sequence = 0;
  for (const NoticeKind kind : work.scenario.kinds) {
    const WallTime now = work.loop.now().wall;
    go_on(work.incident, kind, now);
    Notice notice = exercise_notice(kind, result->channel, work.incident, work.options.by, now);
    notice.sequence = ++sequence;
    notice.remote_ref = ref;
    DrillStep step;
    step.kind = kind;
    const Delivery delivery = co_await tell(&work, std::move(notice), &step);
    if (delivery.outcome != Outcome::delivered) {
      result->end = DrillResult::End::failed;
      result->fault = fmt::format("{} after {}: {}", name_of(kind), count_noun(step.attempts, "attempt", "attempts"),
                                  cut(one_line(delivery.detail), 200));
      break;
    }
    result->steps.push_back(step);
    if (!delivery.remote_ref.empty()) ref = delivery.remote_ref;
  }
  --*left;
  ended->notify();
}

Task<void> wait_for_all(const int* left, Wakeup* ended) {
  while (*left > 0) co_await ended->wait_for(1s);
}

std::set<ChannelName> named_channels(const Config& config) {
  std::set<ChannelName> named;
  for (const auto& route : config.notify) {
    named.insert(route.to.begin(), route.to.end());
    if (route.escalate) named.insert(route.escalate->to.begin(), route.escalate->to.end());
  }
  return named;
}

}  // namespace

const std::vector<DrillScenario>& drill_scenarios() {
  using enum NoticeKind;
  static const std::vector<DrillScenario> scenarios = {
      {"outage", {opened, resolved}, "an incident opens and is over"},
      {"recovery", {opened, updated, resolved}, "it opens, mail gets through again, it is over"},
      {"escalation", {opened, escalated, resolved}, "it opens, nobody takes it, it is over"},
      {"all", {opened, updated, reminder, escalated, resolved}, "every kind of notice there is"},
  };
  return scenarios;
}

const DrillScenario* drill_scenario(std::string_view name) {
  for (const auto& scenario : drill_scenarios())
    if (scenario.name == name) return &scenario;
  return nullptr;
}

Incident exercise_incident(const Config& config, WallTime now) {
  const std::string provider = config.providers.empty() ? "a provider" : config.providers.front().title;
  Incident incident;
  incident.id = IncidentId(make_ulid(now));
  incident.key = "exercise." + lower(incident.id.str());
  incident.title = fmt::format("EXERCISE: {}: mail is not accepted", provider);
  incident.impact = Impact::critical;
  incident.opened_at = incident.updated_at = incident.began_at = now;
  if (!config.providers.empty()) {
    incident.blame.provider = config.providers.front().name;
    incident.components = {incident.blame.provider};
  }
  incident.blame.leg = Leg::submit;
  incident.rule = "drill";
  incident.reason = "EXERCISE";
  return incident;
}

Notice exercise_notice(NoticeKind kind, const ChannelName& channel, const Incident& incident, const std::string& by, WallTime now) {
  Notice notice;
  notice.id = NoticeId(make_ulid(now));
  notice.incident = incident.id;
  notice.incident_key = incident.key;
  notice.channel = channel;
  notice.kind = kind;
  notice.status = incident.status;
  notice.impact = incident.impact;
  notice.created_at = now;
  notice.title = notice_title(kind, incident);
  notice.text = fmt::format("EXERCISE, started by {}: nothing is wrong, and there is nothing to do.\n{}",
                            by.empty() ? "somebody" : one_line(by), notice_text(kind, incident, now));
  notice.public_text = "EXERCISE: nothing is wrong. " + public_text(incident, now);
  notice.detail = incident_json(incident);
  notice.reason = "exercise";
  return notice;
}

std::vector<DrillResult> run_drill(EventLoop& loop, const Config& config, const DrillScenario& scenario, const DrillOptions& options) {
  HttpClient http(loop);
  const auto mail = make_mail_sender(loop, config);
  const Incident incident = exercise_incident(config, loop.now().wall);
  const std::set<ChannelName> named = named_channels(config);
  std::vector<std::unique_ptr<ChannelAdapter>> adapters;
  std::vector<DrillResult> results;
  results.reserve(config.channels.size());  // coroutines hold pointers to them
  Wakeup ended(loop);
  int left = 0;
  for (const auto& channel : config.channels) {
    if (!named.contains(channel.name)) continue;
    DrillResult& result = results.emplace_back();
    result.channel = channel.name;
    result.kind = channel.kind;
    const auto* kind = channel_kind(channel.kind);
    if (kind != nullptr && kind->audience == ChannelKind::Audience::pages && options.pages == DrillOptions::Pages::spared) {
      result.end = DrillResult::End::spared;
      continue;
    }
    auto made = make_channel({loop, http, mail.get()}, channel);
    if (!made) {
      result.end = DrillResult::End::failed;
      result.fault = made.error().message;
      continue;
    }
    adapters.push_back(std::move(*made));
    ++left;
    loop.spawn(go_through({loop, *adapters.back(), scenario, options, incident}, &result, &left, &ended));
  }
  loop.run_until_done(wait_for_all(&left, &ended));
  loop.abandon();
  return results;
}

}  // namespace mailcanary
