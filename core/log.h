// The log: one line an event, "what happened" first, then key=value pairs. Goes to standard error.
// Values are passed as text that is already safe for one line (PeerText::line(), names from the config).
// Threads: any.
#pragma once
#include <string_view>

#include <fmt/format.h>

namespace mailcanary {

enum class LogLevel { debug, info, warning, error };

// Colour on a terminal, never in a pipe, and never when NO_COLOR is set and not empty (https://no-color.org).
enum class LogColour { on_terminals, never };
LogColour log_colour(const char* no_color);  // the variable's value; null: not set

void set_log_level(LogLevel level);  // default: warning (commands); `run` sets info
void log_line(LogLevel level, std::string_view line);

template <class... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::error, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::debug, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace mailcanary
