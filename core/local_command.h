// Runs one program of this machine to its end, without a shell, under a deadline: text in, exit code and the beginning of
// what it wrote out. For programs that hand mail or notices over, or tell a number.
// Does not: search PATH, or pass our environment on (it may hold secrets).
// Threads: the loop's thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/event_loop.h"
#include "core/result.h"
#include "core/text.h"

namespace mailcanary {

struct LocalCommand {
  std::vector<std::string> arguments;  // the first is the program's path
  std::string input;                   // its standard input
};

struct CommandEnd {
  std::optional<int> exit_code;  // absent: ended by `signal`
  int signal = 0;
  PeerText complaint;  // what it wrote to standard error, the first 4 KiB
  PeerText output;     // and to standard output, the same
};

// Errors: io when it cannot be started; timed_out when it was killed (with its process group) at the deadline.
Task<Result<CommandEnd>> run_command(EventLoop& loop, LocalCommand command, MonoTime deadline);

}  // namespace mailcanary
