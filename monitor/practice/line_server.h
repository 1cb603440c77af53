// A loopback TCP port where a protocol of lines is spoken, and the streams of those who connect.
// Knows nothing of mail. Threads: the loop's thread.
// Bounds: 256 connections a port; a client that does not take its answers for a minute is cut off.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/event_loop.h"
#include "core/result.h"

namespace mailcanary::practice {

class LineStream {
 public:
  struct Impl;
  explicit LineStream(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  ~LineStream();  // cuts the connection

  struct Line {
    enum class End { line, closed, timed_out, too_long } end = End::closed;
    std::string text;  // without its CRLF (a lone LF ends a line too)
  };
  Task<Line> read_line(std::size_t max, Duration at_most);
  // Nothing when the client closed or was too slow.
  Task<std::optional<std::string>> read_exactly(std::size_t count, Duration at_most);
  // Queued and sent in order, never waits; may be called while somebody reads.
  void write(std::string bytes);
  // Waits until at most `left` bytes are queued. False: the client is gone or does not take them.
  Task<bool> wait_written(std::size_t left);
  void cut();

 private:
  std::shared_ptr<Impl> impl_;
};

class LineServer {
 public:
  struct Impl;
  using Session = std::function<Task<void>(std::shared_ptr<LineStream>)>;
  // A free port of 127.0.0.1. Errors: io.
  static Result<std::unique_ptr<LineServer>> open(EventLoop& loop, Session session);
  ~LineServer();  // as refuse(), and the port is given back
  LineServer(const LineServer&) = delete;
  LineServer& operator=(const LineServer&) = delete;

  int port() const;
  void refuse();  // connections are refused and those there are cut; the port stays ours
  void accept();  // connections are taken again

 private:
  explicit LineServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

}  // namespace mailcanary::practice
