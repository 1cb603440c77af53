#include "core/resolver.h"

#include <netdb.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/crypto.h"
#include "core/text.h"

namespace mailcanary {

namespace {

bool answers(const std::string& name) {
  addrinfo* found = nullptr;
  const int answer = getaddrinfo(name.c_str(), nullptr, nullptr, &found);
  if (found) freeaddrinfo(found);
  return answer != EAI_AGAIN && answer != EAI_SYSTEM && answer != EAI_MEMORY;
}

// A name beside the host's domain that no cache can know, so that whoever says "no such name" has asked the world.
std::string unheard_of_name(const std::string& host) {
  std::string name = host;
  while (name.ends_with('.')) name.pop_back();
  const auto dot = name.rfind('.');
  const std::string top = dot == std::string::npos ? name : name.substr(dot + 1);
  return fmt::format("mailcanary-{}.{}.", lower(to_hex(random_bytes(8))), top);
}

struct Question {
  std::atomic<bool> answered = false, silent = true;
  std::vector<std::function<void()>> waiting;  // told when it is answered; under the mutex of all
};

struct Questions {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Question>> under_way;  // by host
};

// Never destroyed: a thread that waits for the resolver may outlive all that ends with the program.
Questions& questions() {
  static Questions& all = *new Questions;
  return all;
}

void find_out(const std::string& host, Question& question) {
  question.silent = !answers(host) && !answers(unheard_of_name(host));
  std::vector<std::function<void()>> waiting;
  {
    const std::lock_guard lock(questions().mutex);
    question.answered = true;
    waiting.swap(question.waiting);
    questions().under_way.erase(host);
  }
  for (const auto& tell : waiting) tell();
}

// The question about this host, a new one when none is under way; null when no thread is to be had for it.
std::shared_ptr<Question> ask(const std::string& host, std::function<void()> tell) {
  const std::lock_guard lock(questions().mutex);
  auto& question = questions().under_way[host];
  if (!question) {
    question = std::make_shared<Question>();
    try {
      std::thread([host, asked = question] { find_out(host, *asked); }).detach();
    } catch (const std::system_error&) {
      questions().under_way.erase(host);
      return nullptr;
    }
  }
  question->waiting.push_back(std::move(tell));
  return question;
}

}  // namespace

Task<bool> resolver_is_silent(EventLoop& loop, std::string host, MonoTime until) {
  auto finished = std::make_shared<Wakeup>(loop);
  std::function<void()> tell = [post = loop.poster(), weak = std::weak_ptr<Wakeup>(finished)] {
    post([weak] {
      if (auto alive = weak.lock()) alive->notify();
    });
  };
  const auto question = ask(host, std::move(tell));
  if (!question) co_return true;
  while (!question->answered) {
    const Duration left = until - loop.now().mono;
    if (left <= Duration::zero()) co_return true;
    co_await finished->wait_for(left);
  }
  co_return question->silent;
}

}  // namespace mailcanary
