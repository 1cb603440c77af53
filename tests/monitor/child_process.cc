#include "tests/monitor/child_process.h"

#include <csignal>
#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/catch.h"

namespace mailcanary::test {

std::string text_from_child(const std::function<std::string()>& work) {
  Child child([&](int out, int) { write_line(out, work()); });
  return child.read_line();
}

Child::Child(const std::function<void(int out, int in)>& work) {
  int up[2], down[2];
  REQUIRE(pipe(up) == 0);
  REQUIRE(pipe(down) == 0);
  pid_ = fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    close(up[0]);
    close(down[1]);
    std::signal(SIGPIPE, SIG_DFL);
    work(up[1], down[0]);
    _exit(0);
  }
  close(up[1]);
  close(down[0]);
  from_child_ = up[0];
  to_child_ = down[1];
}

Child::~Child() {
  kill();
  close(from_child_);
  close(to_child_);
}

void Child::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string Child::read_line() {
  while (true) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    char bytes[4096];
    const ssize_t size = read(from_child_, bytes, sizeof bytes);
    if (size <= 0) return "";
    buffer_.append(bytes, static_cast<std::size_t>(size));
  }
}

void Child::write_line(const std::string& line) { test::write_line(to_child_, line); }

void write_line(int fd, const std::string& line) {
  const std::string bytes = line + "\n";
  // Short enough for a pipe to take whole (PIPE_BUF).
  if (write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
}

std::string read_line(int fd) {
  std::string line;
  char byte = 0;
  while (read(fd, &byte, 1) == 1 && byte != '\n') line += byte;
  return line;
}

}  // namespace mailcanary::test
