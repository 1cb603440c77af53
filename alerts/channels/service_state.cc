#include "alerts/channels/service_state.h"

#include <algorithm>

#include <fmt/format.h>

#include "alerts/channels/notice_parts.h"
#include "core/text.h"

namespace mailcanary {
namespace {

using State = ServiceState::State;

constexpr std::size_t most_line = 200;
constexpr std::size_t most_more = 3000;

State state_of(Impact impact) {
  switch (impact) {
    case Impact::none: return State::ok;
    case Impact::minor: return State::warning;
    case Impact::major:
    case Impact::critical: return State::critical;
  }
  return State::critical;
}

// An incident without impact is one all the same.
Impact weight_of(const Notice& notice) { return std::max(notice.impact, Impact::minor); }

}  // namespace

std::string without_bars(std::string text) {
  std::replace(text.begin(), text.end(), '|', '/');
  return text;
}

ServiceState service_state(const Notice& notice) {
  const Impact own = is_over(notice) ? Impact::none : weight_of(notice);
  ServiceState service;
  service.state = state_of(std::max(own, notice.beside));
  service.line = without_bars(title_of(notice, most_line));
  if (is_over(notice) && notice.beside != Impact::none) service.line += "; another incident is still open";
  service.more = without_bars(text_of(notice, Form::full, most_more));
  return service;
}

ServiceState service_state(const Standing& standing) {
  ServiceState service;
  if (standing.open.empty()) {
    service.state = standing.unknown.empty() ? State::ok : State::unknown;
    service.line = standing.unknown.empty() ? "mail gets through: no incident is open"
                                            : "nothing is known of " + cut(without_bars(one_line(standing.unknown)), most_line);
    return service;
  }
  const Notice& worst = standing.open.front();
  service.state = state_of(weight_of(worst));
  service.line = without_bars(title_of(worst, most_line));
  if (standing.open.size() > 1) service.line += fmt::format(" and {} more", standing.open.size() - 1);
  service.more = without_bars(text_of(worst, Form::full, most_more));
  return service;
}

}  // namespace mailcanary
