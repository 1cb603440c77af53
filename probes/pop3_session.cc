#include "probes/pop3_session.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "core/text.h"
#include "probes/message_reading.h"

namespace mailcanary {
namespace {

// For one answer, or a piece of a long one.
constexpr Duration answer_patience = std::chrono::seconds(30);
constexpr std::size_t max_reply_line = 4096;  // RFC 2449 §4 allows 512
constexpr std::size_t max_text_line = 256 * 1024;
constexpr std::size_t max_read_text = 4 << 20;  // what goes beyond max_text is dropped, up to here
constexpr int max_capabilities = 200;
// So many questions leave in one write; servers read them from a buffer of their own.
constexpr std::size_t burst = 50;

Error wrong(std::string message) { return {ErrorKind::protocol, std::move(message)}; }

// A server that refuses what every server must do is broken, and not merely unlike what we need.
Error as_protocol(Error error) {
  if (error.kind == ErrorKind::refused) error.kind = ErrorKind::protocol;
  return error;
}

std::string_view take_word(std::string_view& text) {
  text = trim(text);
  const auto end = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

std::optional<std::uint32_t> take_number(std::string_view& text) {
  const auto word = take_word(text);
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (word.empty() || failure != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

// "12 unique-id" for the message expected (RFC 1939 §7: 1 to 70 characters; some servers write more).
std::optional<std::uint64_t> number_in(std::string_view line, std::uint32_t expected) {
  const auto number = take_number(line);
  const auto id = trim(line);
  if (number != expected || id.empty() || id.size() > 1000) return std::nullopt;
  return message_number(id);
}

}  // namespace

MonoTime Pop3Session::patience() const { return loop_.now().mono + answer_patience; }

Task<Result<std::string>> Pop3Session::reply(std::string step) {
  auto line = co_await line_->read_line(patience(), max_reply_line);
  if (!line) co_return Error{line.error().kind, fmt::format("{}: {}", step, line.error().message)};
  if (line->starts_with("+OK")) co_return std::string(trim(std::string_view(*line).substr(3)));
  const std::string said = cut(one_line(*line), 200);
  if (!line->starts_with("-ERR")) co_return wrong(fmt::format("{}: an answer out of place: {}", step, said));
  co_return Error{ErrorKind::refused, fmt::format("{} refused: {}", step, said)};
}

Task<Result<std::string>> Pop3Session::ask(std::string command) {
  std::string step = lower(command.substr(0, command.find(' ')));
  auto written = co_await line_->write(command + "\r\n", patience());
  if (!written) co_return Error{written.error().kind, fmt::format("{}: {}", step, written.error().message)};
  auto answer = co_await reply(std::move(step));
  co_return answer;
}

Task<Result<Pop3Capabilities>> Pop3Session::ask_capabilities() {
  Pop3Capabilities can;
  std::string command = "CAPA";
  auto answer = co_await ask(std::move(command));
  if (!answer && answer.error().kind == ErrorKind::refused) co_return can;
  if (!answer) co_return answer.error();
  can.told = true;
  for (int lines = 0;; ++lines) {
    auto line = co_await line_->read_line(patience(), max_reply_line);
    if (!line) co_return Error{line.error().kind, "capa: " + line.error().message};
    if (*line == ".") break;
    if (lines >= max_capabilities) co_return wrong("capa: an answer without end");
    std::string_view rest = *line;
    const auto word = take_word(rest);
    if (iequals(word, "PIPELINING")) can.pipelining = true;
    if (iequals(word, "TOP")) can.top = true;
    if (iequals(word, "LOGIN-DELAY")) {
      can.login_delay = std::chrono::seconds(std::min(take_number(rest).value_or(0), 3600u));
    }
  }
  can_ = can;
  co_return can;
}

Task<Result<std::uint32_t>> Pop3Session::count() {
  std::string command = "STAT";
  auto answer = co_await ask(std::move(command));
  if (!answer) co_return as_protocol(answer.error());
  std::string_view rest = *answer;
  const auto messages = take_number(rest);
  if (!messages) co_return wrong("stat: no number of messages: " + cut(one_line(*answer), 100));
  if (*messages > max_messages) {
    co_return Error{ErrorKind::refused, fmt::format("stat: {} messages are more than can be read", *messages)};
  }
  co_return *messages;
}

Task<Result<std::vector<std::uint64_t>>> Pop3Session::all_numbers(std::uint32_t count) {
  std::vector<std::uint64_t> numbers;
  std::string command = "UIDL";
  auto answer = co_await ask(std::move(command));
  if (!answer) co_return answer.error();
  for (;;) {
    auto line = co_await line_->read_line(patience(), max_reply_line);
    if (!line) co_return Error{line.error().kind, "uidl: " + line.error().message};
    if (*line == ".") break;
    if (numbers.size() >= count) co_return wrong("uidl: more messages than stat told of");
    const auto number = number_in(*line, static_cast<std::uint32_t>(numbers.size() + 1));
    if (!number) co_return wrong("uidl: no unique-id: " + cut(one_line(*line), 100));
    numbers.push_back(*number);
  }
  if (numbers.size() != count) co_return wrong("uidl: fewer messages than stat told of");
  co_return numbers;
}

Task<Result<std::vector<std::uint64_t>>> Pop3Session::numbers(std::uint32_t first, std::uint32_t last) {
  std::vector<std::uint64_t> numbers;
  const std::uint32_t step = can_.pipelining ? burst : 1;
  while (first <= last) {
    const std::uint32_t end = std::min(last, first + step - 1);
    std::string commands;
    for (std::uint32_t at = first; at <= end; ++at) commands += fmt::format("UIDL {}\r\n", at);
    auto written = co_await line_->write(std::move(commands), patience());
    if (!written) co_return Error{written.error().kind, "uidl: " + written.error().message};
    for (; first <= end; ++first) {
      std::string name = "uidl";
      auto answer = co_await reply(std::move(name));
      if (!answer) co_return answer.error();
      const auto number = number_in(*answer, first);
      if (!number) co_return wrong("uidl: no unique-id: " + cut(one_line(*answer), 100));
      numbers.push_back(*number);
    }
  }
  co_return numbers;
}

Task<Result<std::optional<std::string>>> Pop3Session::read_text() {
  std::string step = "top";
  auto answer = co_await reply(std::move(step));
  if (!answer && answer.error().kind == ErrorKind::refused) {
    if (can_.top || !can_.told) co_return std::optional<std::string>();
    co_return Error{ErrorKind::refused, answer.error().message + " (the server does not show headers by themselves)"};
  }
  if (!answer) co_return answer.error();
  std::string text;
  std::size_t read = 0;
  for (;;) {
    auto line = co_await line_->read_line(patience(), max_text_line);
    if (!line) co_return Error{line.error().kind, "top: " + line.error().message};
    if (*line == ".") co_return std::optional<std::string>(std::move(text));
    if (line->starts_with('.')) line->erase(0, 1);
    read += line->size() + 2;
    if (read > max_read_text) co_return wrong("top: a message without end");
    if (text.size() + line->size() + 2 <= max_text) text += *line + "\r\n";
  }
}

Task<Pop3Session::Texts> Pop3Session::tops(std::vector<std::uint32_t> messages, int body_lines) {
  Texts texts;
  const std::size_t step = can_.pipelining ? burst : 1;
  while (texts.read.size() < messages.size()) {
    const std::size_t end = std::min(messages.size(), texts.read.size() + step);
    std::string commands;
    for (std::size_t at = texts.read.size(); at < end; ++at) commands += fmt::format("TOP {} {}\r\n", messages[at], body_lines);
    auto written = co_await line_->write(std::move(commands), patience());
    if (!written) texts.failure = Error{written.error().kind, "top: " + written.error().message};
    while (!texts.failure && texts.read.size() < end) {
      auto text = co_await read_text();
      if (text) {
        texts.read.push_back(std::move(*text));
      } else {
        texts.failure = text.error();
      }
    }
    if (texts.failure) break;
  }
  co_return texts;
}

Task<Result<void>> Pop3Session::remove(std::uint32_t message) {
  std::string command = fmt::format("DELE {}", message);
  auto answer = co_await ask(std::move(command));
  if (!answer) co_return answer.error();
  co_return Result<void>{};
}

Task<Result<void>> Pop3Session::quit() {
  std::string command = "QUIT";
  auto answer = co_await ask(std::move(command));
  if (!answer) co_return as_protocol(answer.error());
  co_return Result<void>{};
}

}  // namespace mailcanary
