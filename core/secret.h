// A secret value: a password, a token, a key. It has no formatter, no stream operator and no comparison, so it
// cannot end in a log or a page by accident. The bytes are wiped when it dies.
// Does not: protect against core dumps or swap. A value; any thread.
#pragma once
#include <string>
#include <utility>

namespace mailcanary {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) noexcept = default;
  ~Secret();

  bool empty() const { return value_.empty(); }
  // The one way out; call it where the value goes on the wire or into a MAC, never where text is built for people.
  const std::string& reveal() const { return value_; }

 private:
  std::string value_;
};

}  // namespace mailcanary
