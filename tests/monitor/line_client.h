// A client that plays a written dialogue against a server on the same event loop. One step a line (leading blanks and
// empty lines do not count):
//
//   C: NOOP          send this line and CRLF; consecutive C: lines leave in one write
//   S: 250           read one line; it must begin with this (a blank at the end counts)
//   S* a1 OK         read lines until one begins with this; those before are kept in skipped()
//   closed           the server must close here
//
// A server that says nothing is given 20 s, then the step fails: a test must not hang for ever.
// Threads: the loop's thread.
#pragma once
#include <memory>
#include <string>

#include "core/event_loop.h"

namespace mailcanary {

class LineClient {
 public:
  LineClient(EventLoop& loop, int port);
  ~LineClient();
  LineClient(const LineClient&) = delete;
  LineClient& operator=(const LineClient&) = delete;

  bool connected() const;
  // Empty when all went as written, else the step that did not and what came instead.
  std::string play(std::string dialogue);
  // What S* passed over in the last play(), with CRLF.
  const std::string& skipped() const;
  struct Impl;

 private:
  EventLoop& loop_;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mailcanary
