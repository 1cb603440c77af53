// What monitoring that knows services, and not incidents, is told: one service, and how it stands.
// Pure; any thread. Inside alerts/ only.
#pragma once
#include <string>

#include "alerts/channel.h"

namespace mailcanary {

// The numbers are those of monitoring plugins, and Zabbix items hold them.
struct ServiceState {
  enum class State { ok = 0, warning = 1, critical = 2, unknown = 3 } state = State::ok;
  std::string line;  // one line without "|", which would begin performance data
  std::string more;  // further lines; may be empty
  int number() const { return static_cast<int>(state); }
  bool good() const { return state == State::ok; }
};

// After this notice: an end means well only when no other incident is open.
ServiceState service_state(const Notice& notice);
ServiceState service_state(const Standing& standing);

std::string without_bars(std::string text);

}  // namespace mailcanary
