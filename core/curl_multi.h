// libcurl's multi interface on the event loop, through CURLMOPT_SOCKETFUNCTION and CURLMOPT_TIMERFUNCTION.
// For http_client.cc and line_session.cc only. Threads: the loop's thread.
#pragma once
#include <curl/curl.h>

#include <memory>

#include "core/event_loop.h"

namespace boost::asio {
class io_context;
}

namespace mailcanary {

class CurlMulti {
 public:
  explicit CurlMulti(boost::asio::io_context& io);
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  // Adds the handle and waits until libcurl is done with it. The handle stays in the multi (a CONNECT_ONLY
  // connection lives there); take it out with remove() before curl_easy_cleanup.
  Task<CURLcode> perform(CURL* easy);
  void remove(CURL* easy);
  // Lets go of the loop: no callback touches it any more, waiting coroutines are destroyed.
  void detach();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailcanary
