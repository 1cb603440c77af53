// A web server on a loopback port for the tests of channels: it keeps what was posted and answers as it was told, one
// answer a request, in order. It runs on the event loop of the code under test.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/event_loop.h"

namespace mailcanary {

struct PostedRequest {
  std::string line;                  // "POST /hook HTTP/1.1"
  std::vector<std::string> headers;  // as they came
  std::string body;
  std::string header(const std::string& name) const;  // empty when absent
};

class TestHttpServer {
 public:
  // What to do with a request: bytes to answer with, or one of these.
  static constexpr const char* silence = "<silence>";  // never answer, keep the connection
  static constexpr const char* reset = "<reset>";      // close with a TCP reset
  static constexpr const char* endless = "<endless>";  // a header and then body without end

  TestHttpServer(EventLoop& loop, std::vector<std::string> answers);
  ~TestHttpServer();
  std::string url(const std::string& path) const;
  const std::vector<PostedRequest>& requests() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// "HTTP/1.1 503 X" with headers and body, length counted.
std::string http_answer(int status, const std::string& body = "", const std::string& headers = "");

}  // namespace mailcanary
