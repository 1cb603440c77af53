#include "tests/servers/process.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace mailcanary::testbed {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

int memory_file(const char* name) {
  const int fd = ::memfd_create(name, MFD_CLOEXEC);
  if (fd < 0) fail("create a memory file");
  return fd;
}

std::string contents(int fd) {
  std::string text;
  char part[65536];
  for (;;) {
    const ssize_t got = ::pread(fd, part, sizeof part, static_cast<off_t>(text.size()));
    if (got <= 0) return text;
    text.append(part, static_cast<std::size_t>(got));
  }
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  for (auto& string : strings) list.push_back(string.data());
  list.push_back(nullptr);
  return list;
}

// Later entries win over earlier ones of the same name.
std::vector<std::string> merged_environment(const std::vector<std::string>& extra) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string ours = *entry;
    const std::string name = ours.substr(0, ours.find('=') + 1);
    bool replaced = false;
    for (const auto& other : extra) replaced = replaced || other.starts_with(name);
    if (!replaced) all.push_back(ours);
  }
  all.insert(all.end(), extra.begin(), extra.end());
  return all;
}

microseconds to_duration(const timeval& time) { return std::chrono::seconds(time.tv_sec) + microseconds(time.tv_usec); }

}  // namespace

Process::Process(Command command) {
  if (command.arguments.empty()) throw std::runtime_error("start a program: no name given");
  const int input = memory_file("stdin");
  if (::write(input, command.input.data(), command.input.size()) != static_cast<ssize_t>(command.input.size())) {
    fail("write the input");
  }
  ::lseek(input, 0, SEEK_SET);
  out_fd_ = memory_file("stdout");
  err_fd_ = memory_file("stderr");
  // Everything that allocates happens before fork(): another thread may hold the allocator's lock.
  auto environment = merged_environment(command.environment);
  const auto environment_pointers = pointers(environment);
  const auto argument_pointers = pointers(command.arguments);
  const std::string directory = command.directory.string();

  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a crashed test leaves nothing behind
    ::setpgid(0, 0);
    // O_APPEND keeps the output whole when the program and its children share it.
    ::fcntl(out_fd_, F_SETFL, O_APPEND);
    ::fcntl(err_fd_, F_SETFL, O_APPEND);
    ::dup2(input, STDIN_FILENO);
    ::dup2(out_fd_, STDOUT_FILENO);
    ::dup2(err_fd_, STDERR_FILENO);
    if (directory.empty() || ::chdir(directory.c_str()) == 0) {
      ::execvpe(argument_pointers[0], argument_pointers.data(), environment_pointers.data());
    }
    ::dprintf(STDERR_FILENO, "cannot start %s: %s\n", argument_pointers[0], std::strerror(errno));
    ::_exit(127);
  }
  ::setpgid(pid_, pid_);
  ::close(input);
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (pidfd_ < 0) fail("watch the program");
}

Process::~Process() {
  if (!finished_) {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(pidfd_);
  ::close(out_fd_);
  ::close(err_fd_);
}

void Process::signal(int number) {
  if (!finished_) ::kill(pid_, number);
}

std::optional<Finished> Process::wait(milliseconds at_most) {
  if (finished_) return finished_;
  const auto end = steady_clock::now() + at_most;
  pollfd waiting{pidfd_, POLLIN, 0};
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(end - steady_clock::now());
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<milliseconds::rep>(left.count(), 0)));
    if (ready > 0) break;
    if (ready == 0) return std::nullopt;
    if (errno != EINTR) fail("wait for the program");
  }
  int status = 0;
  rusage usage{};
  ::wait4(pid_, &status, 0, &usage);
  Finished result;
  result.how = WIFEXITED(status) ? Finished::How::exited : Finished::How::killed;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = out();
  result.err = err();
  result.cpu = to_duration(usage.ru_utime) + to_duration(usage.ru_stime);
  result.max_resident_kib = usage.ru_maxrss;
  finished_ = std::move(result);
  return finished_;
}

Finished Process::finish(milliseconds at_most) {
  if (auto ended = wait(at_most)) return *ended;
  ::kill(-pid_, SIGKILL);
  wait(std::chrono::hours(1));
  finished_->how = Finished::How::timed_out;
  return *finished_;
}

std::string Process::out() const { return contents(out_fd_); }
std::string Process::err() const { return contents(err_fd_); }

Process::Seen Process::wait_for_output(const std::string& text, milliseconds at_most) {
  const auto end = steady_clock::now() + at_most;
  for (;;) {
    const bool ended = wait(milliseconds(0)).has_value();
    if (out().find(text) != std::string::npos || err().find(text) != std::string::npos) return Seen::yes;
    if (ended || steady_clock::now() >= end) return Seen::no;
    wait(milliseconds(10));
  }
}

Finished run_program(Command command, milliseconds at_most) {
  Process process(std::move(command));
  return process.finish(at_most);
}

}  // namespace mailcanary::testbed
