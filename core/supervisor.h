// A word to the service manager that started us: ready, alive, stopping. The protocol of sd_notify(3): one datagram to the
// socket that NOTIFY_SOCKET names. Spoken here rather than through libsystemd, which brings five libraries for packed
// journals into every start of every command.
// Does not: fail. Without NOTIFY_SOCKET, or when nobody listens, nothing happens.
// Threads: any.
#pragma once
#include <string_view>

namespace mailcanary {

void tell_supervisor(std::string_view state);  // "READY=1", "WATCHDOG=1", "STOPPING=1"

}  // namespace mailcanary
