#include "core/local_command.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <system_error>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <fmt/format.h>

namespace mailcanary {
namespace {

namespace asio = boost::asio;

constexpr std::size_t max_kept = 4096;  // of what it writes

std::string reason_of(int number) { return std::generic_category().message(number); }

class File {
 public:
  explicit File(int fd = -1) : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// The whole input in memory: the program reads it at its own pace, and a program that does not read cannot block us.
Result<File> as_file(const std::string& text) {
  File file(::memfd_create("input", MFD_CLOEXEC));
  std::size_t written = 0;
  while (file.fd() >= 0 && written < text.size()) {
    const auto some = ::write(file.fd(), text.data() + written, text.size() - written);
    if (some <= 0) break;
    written += static_cast<std::size_t>(some);
  }
  if (file.fd() < 0 || written < text.size() || ::lseek(file.fd(), 0, SEEK_SET) != 0) {
    return Error{ErrorKind::io, "keep the message for the command: " + reason_of(errno)};
  }
  return file;
}

// Ends the program, and what it started in its group, however the waiting ends.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  }
  pid_t pid() const { return pid_; }
  int collect() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

Result<pid_t> start(const LocalCommand& command, int input, int output, int complaints) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&files, input, 0);
  ::posix_spawn_file_actions_adddup2(&files, output, 1);
  ::posix_spawn_file_actions_adddup2(&files, complaints, 2);
  ::posix_spawn_file_actions_addclosefrom_np(&files, 3);
  sigset_t no_signals, all_signals;
  ::sigemptyset(&no_signals);
  ::sigfillset(&all_signals);
  ::posix_spawnattr_setsigmask(&attributes, &no_signals);
  ::posix_spawnattr_setsigdefault(&attributes, &all_signals);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::vector<char*> arguments;
  for (const auto& argument : command.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  std::array<std::string, 2> settings = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"};
  std::array<char*, 3> environment = {settings[0].data(), settings[1].data(), nullptr};
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, arguments[0], &files, &attributes, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0) return Error{ErrorKind::io, fmt::format("run {}: {}", command.arguments[0], reason_of(failed))};
  return pid;
}

// Keeps the beginning of what comes, reads and drops the rest, so that the program never waits for us.
struct Written : std::enable_shared_from_this<Written> {
  Written(asio::any_io_executor executor, int fd) : pipe(std::move(executor), fd) {}
  void listen() {
    // Waited for and then read, not read for us: what a handler that is still to run holds would be out of order.
    pipe.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](boost::system::error_code error) {
      if (error || self->done) return;
      const auto taken = self->take_some();
      if (!taken || taken == asio::error::would_block) self->listen();
    });
  }
  // What is there by now; a program in the background may hold the pipe open for long.
  void take_rest() {
    boost::system::error_code ignored;
    pipe.cancel(ignored);
    while (kept.size() < max_kept && !take_some()) {
    }
    done = true;
  }
  boost::system::error_code take_some() {
    std::array<char, 1024> chunk;
    boost::system::error_code error;
    pipe.non_blocking(true, error);
    const std::size_t got = pipe.read_some(asio::buffer(chunk), error);
    kept.append(chunk.data(), std::min(got, max_kept - kept.size()));
    return error;
  }
  asio::posix::stream_descriptor pipe;
  bool done = false;
  std::string kept;
};

struct Pipe {
  std::shared_ptr<Written> ours;
  File theirs;
};

Result<Pipe> make_pipe(EventLoop& loop) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Error{ErrorKind::io, "make a pipe: " + reason_of(errno)};
  return Pipe{std::make_shared<Written>(loop.executor(), ends[0]), File(ends[1])};
}

}  // namespace

Task<Result<CommandEnd>> run_command(EventLoop& loop, LocalCommand command, MonoTime deadline) {
  auto input = as_file(command.input);
  if (!input) co_return input.error();
  auto output = make_pipe(loop);
  if (!output) co_return output.error();
  auto complaints = make_pipe(loop);
  if (!complaints) co_return complaints.error();
  const auto pid = start(command, input->fd(), output->theirs.fd(), complaints->theirs.fd());
  output->theirs = File();
  complaints->theirs = File();
  if (!pid) co_return pid.error();
  Child child(*pid);
  // By its number: the declaration of pidfd_open() in glibc 2.36 is of no use to C++.
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0));
  if (handle < 0) co_return Error{ErrorKind::io, "watch the command: " + reason_of(errno)};

  auto ended = std::make_shared<Wakeup>(loop);
  asio::posix::stream_descriptor watch(loop.executor(), handle);
  watch.async_wait(asio::posix::stream_descriptor::wait_read,
                   [weak = std::weak_ptr<Wakeup>(ended)](boost::system::error_code error) {
                     const auto alive = weak.lock();
                     if (!error && alive) alive->notify();
                   });
  output->ours->listen();
  complaints->ours->listen();
  const auto why = co_await ended->wait_for(std::max(deadline - loop.now().mono, Duration::zero()));
  output->ours->take_rest();
  complaints->ours->take_rest();
  if (why == Wakeup::Reason::timed_out) {
    co_return Error{ErrorKind::timed_out, fmt::format("run {}: timed out", command.arguments[0])};
  }
  const int status = child.collect();
  CommandEnd end;
  end.output = PeerText(output->ours->kept, max_kept);
  end.complaint = PeerText(complaints->ours->kept, max_kept);
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  co_return end;
}

}  // namespace mailcanary
