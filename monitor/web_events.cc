#include "monitor/web_events.h"

#include <string_view>

namespace mailcanary {

void WebEvents::tell(std::string event) {
  newest_.clear();
  for (std::string_view rest = event; !rest.empty();) {
    const auto end = rest.find('\n');
    newest_ += "data: " + std::string(rest.substr(0, end)) + "\n";
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  newest_ += "\n";
  ++told_;
  for (Listener* listener : listeners_) listener->wakeup_.notify();
}

WebEvents::Listener::Listener(WebEvents& events)
    : events_(events), wakeup_(events.loop_), place_(events.listeners_.insert(events.listeners_.end(), this)) {}

WebEvents::Listener::~Listener() { events_.listeners_.erase(place_); }

Task<std::string> WebEvents::Listener::next(Duration at_most) {
  if (heard_ == events_.told_) co_await wakeup_.wait_for(at_most);
  if (heard_ == events_.told_) co_return ": nothing new\n\n";
  heard_ = events_.told_;
  co_return events_.newest_;
}

}  // namespace mailcanary
