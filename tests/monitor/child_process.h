// Work in a process of its own that talks back through a pipe. The child leaves by _exit: no test of the parent runs
// twice. Start no threads before.
#pragma once
#include <functional>
#include <string>

#include <sys/types.h>

namespace mailcanary::test {

// Runs `work` in a child and returns what it returned.
std::string text_from_child(const std::function<std::string()>& work);

// A child that writes lines until it ends or is killed.
class Child {
 public:
  // `work` gets the end of the pipe to write to and the one to read from.
  explicit Child(const std::function<void(int out, int in)>& work);
  ~Child();  // kills it if it still runs
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  std::string read_line();  // without its end; empty when the child has ended
  void write_line(const std::string& line);
  void kill();  // SIGKILL, and waits for the end

 private:
  pid_t pid_ = -1;
  int from_child_ = -1, to_child_ = -1;
  std::string buffer_;
};

void write_line(int fd, const std::string& line);
std::string read_line(int fd);

}  // namespace mailcanary::test
