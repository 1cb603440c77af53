// Runs programs for tests and benches: to their end under a time limit, or in the background with signals.
// Output is kept in memory files, so a program never blocks on a reader and its output can be read while it runs.
// Does not: give the program a terminal, or a shell. Relies on Linux (memfd, pidfd).
// Threads: a Process belongs to one thread. Failures to start are std::runtime_error: in a test there is no way on.
#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mailcanary::testbed {

struct Command {
  std::vector<std::string> arguments;    // the first is the program; looked up in PATH when it has no slash
  std::string input;                     // what it reads on stdin
  std::vector<std::string> environment;  // NAME=VALUE, beside what we have ourselves
  std::filesystem::path directory;       // working directory; ours when empty
};

struct Finished {
  enum class How { exited, killed, timed_out };  // timed_out: we killed it
  How how = How::exited;
  int exit_code = 0;  // 128 + signal when it was killed
  std::string out;
  std::string err;
  std::chrono::microseconds cpu{};  // user and system time, of its own children that it waited for too
  long max_resident_kib = 0;
};

class Process {
 public:
  explicit Process(Command command);
  ~Process();  // kills it (SIGKILL, with its process group) when it still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  int pid() const { return pid_; }
  void signal(int number);  // nothing happens when it has ended already
  // Ended within `at_most`, or nothing. Once it has ended the answer stays the same.
  std::optional<Finished> wait(std::chrono::milliseconds at_most);
  // Waits, and kills it when the time is over.
  Finished finish(std::chrono::milliseconds at_most);

  std::string out() const;  // so far
  std::string err() const;
  enum class Seen { yes, no };
  // Waits until stdout or stderr contains the text; `no` when the time is over or the program ends without it.
  Seen wait_for_output(const std::string& text, std::chrono::milliseconds at_most);

 private:
  int pid_ = -1;
  int pidfd_ = -1;
  int out_fd_ = -1;
  int err_fd_ = -1;
  std::optional<Finished> finished_;
};

// Runs a program to its end; it is killed after `at_most`.
Finished run_program(Command command, std::chrono::milliseconds at_most = std::chrono::seconds(60));

}  // namespace mailcanary::testbed
