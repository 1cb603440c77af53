// Errors as values. A function that can fail for reasons outside the program returns Result<T>; exceptions are
// for bugs, and those of libraries stop in the file that calls the library.
// Does not: carry stack traces or chains. One sentence says what failed and on what. Values; any thread.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace mailcanary {

enum class ErrorKind {
  invalid_input,  // what the operator or a peer gave cannot be used
  not_found,      // the named thing is not there
  io,             // our own disk, ledger or descriptor failed
  timed_out,      // a deadline passed
  unreachable,    // no connection to the peer (resolve, connect, TLS)
  refused,        // the peer understood and said no
  protocol,       // the peer said something outside its protocol, or closed early
  busy,           // somebody else holds it
  internal,       // a bug of ours that was caught
};

// `message`: verb phrase that failed + object, lower case, no full stop: "open /etc/x: permission denied".
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  // Asking for the value of a failure, or the error of a success, is a bug (throws std::bad_variant_access).
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  explicit operator bool() const { return !error_; }
  const Error& error() const { return error_.value(); }

 private:
  std::optional<Error> error_;
};

}  // namespace mailcanary
