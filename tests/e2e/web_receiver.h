// Where a webhook posts to: a small web server on a loopback port that keeps what it got.
// Threads: it has one of its own; the functions may be called from any.
#pragma once
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/clock.h"

namespace mailcanary::testbed {

struct Post {
  std::string line;  // "POST /hook HTTP/1.1"
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  int answered = 200;
  WallTime at = {};  // when all of it was there
  nlohmann::json json() const { return nlohmann::json::parse(body); }
  std::string type() const { return json().at("type"); }
};

class WebReceiver {
 public:
  WebReceiver();
  ~WebReceiver();
  WebReceiver(const WebReceiver&) = delete;
  WebReceiver& operator=(const WebReceiver&) = delete;

  std::string url() const;
  void answer_with(int status);  // from now on; 200 at first
  void answer_after(std::chrono::milliseconds wait);  // from now on; at once at first
  void fail_half(unsigned seed);  // from now on every post gets 200 or 503, by chance
  std::vector<Post> posts() const;
  // Those whose type ends in this word: "opened", "resolved".
  std::vector<Post> posts_of(const std::string& word) const;

 private:
  void serve();
  void serve_one(int connection);

  int listener_ = -1, port_ = 0;
  std::atomic<int> status_{200}, wait_ms_{0};
  std::atomic<bool> closing_{false};
  mutable std::mutex mutex_;
  std::vector<Post> posts_;
  std::optional<std::mt19937> chance_;
  std::thread thread_;
};

// As a receiver checks it (https://www.standardwebhooks.com): the key is what `secret` holds after "whsec_".
bool signature_holds(const Post& post, const std::string& secret);

}  // namespace mailcanary::testbed
