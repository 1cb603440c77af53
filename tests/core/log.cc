#include "core/log.h"

#include <cstdlib>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/catch.h"

using namespace mailcanary;

namespace {

// The log is made once in a process, so each case logs in a child of its own.
std::string logged(void (*log)()) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const int reader = ends[0];
  const int writer = ends[1];
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    dup2(writer, STDERR_FILENO);
    unsetenv("NO_COLOR");
    log();
    _exit(0);
  }
  close(writer);
  std::string text;
  char chunk[4096];
  for (ssize_t size = 0; (size = read(reader, chunk, sizeof chunk)) > 0;)
    text.append(chunk, static_cast<std::size_t>(size));
  close(reader);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status == 0);
  return text;
}

bool has_escape(const std::string& text) { return text.find('\x1b') != std::string::npos; }

// "2026-11-24T13:00:00.000Z warning text" without its time.
std::string after_time(const std::string& line) { return line.size() > 25 ? line.substr(25) : line; }

}  // namespace

TEST_CASE("a log line has a time, a level and the text, without colour in a pipe") {
  const std::string text = logged([] { log_warning("{} refused", "shop"); });
  CHECK_FALSE(has_escape(text));
  CHECK(text.substr(10, 1) == "T");
  CHECK(text.substr(23, 2) == "Z ");
  CHECK(after_time(text) == "warning shop refused\n");
}

TEST_CASE("colour is for terminals, and for nobody when NO_COLOR is set to something") {
  CHECK(log_colour(nullptr) == LogColour::on_terminals);
  CHECK(log_colour("") == LogColour::on_terminals);
  CHECK(log_colour("1") == LogColour::never);
}

TEST_CASE("commands log warnings and errors; lower levels appear when asked for") {
  CHECK(after_time(logged([] {
          log_debug("one");
          log_info("two");
          log_error("three");
        })) == "error three\n");
  CHECK(after_time(logged([] {
          set_log_level(LogLevel::info);
          log_debug("one");
          log_info("two");
        })) == "info two\n");
  CHECK(after_time(logged([] {
          set_log_level(LogLevel::debug);
          log_debug("one");
        })) == "debug one\n");
}

TEST_CASE("text that is not safe cannot forge a second line or steer a terminal") {
  CHECK(after_time(logged([] {
          log_error("{}", "a\n2026-01-01T00:00:00Z error b\x1b[2J{}");
        })) == "error a 2026-01-01T00:00:00Z error b\xEF\xBF\xBD[2J{}\n");
}
