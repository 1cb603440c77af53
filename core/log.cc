#include "core/log.h"

#include <cstdlib>
#include <memory>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "core/text.h"

namespace mailcanary {
namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::shared_ptr<spdlog::logger> make_logger() {
  const bool never = log_colour(std::getenv("NO_COLOR")) == LogColour::never;
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(never ? spdlog::color_mode::never
                                                                          : spdlog::color_mode::automatic);
  auto logger = std::make_shared<spdlog::logger>("mailcanary", std::move(sink));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::warn);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

spdlog::logger& logger() {
  // Never destroyed: a thread may still log while the program ends.
  static auto& instance = *new std::shared_ptr<spdlog::logger>(make_logger());
  return *instance;
}

}  // namespace

LogColour log_colour(const char* no_color) {
  return no_color != nullptr && *no_color != '\0' ? LogColour::never : LogColour::on_terminals;
}

void set_log_level(LogLevel level) { logger().set_level(level_of(level)); }

void log_line(LogLevel level, std::string_view line) {
  auto& log = logger();
  if (!log.should_log(level_of(level))) return;
  // Callers pass safe text; one that forgets must still not be able to forge a second line.
  log.log(level_of(level), "{}", one_line(line));
}

}  // namespace mailcanary
