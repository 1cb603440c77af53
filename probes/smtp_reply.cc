#include "probes/smtp_reply.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"

namespace mailcanary {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

// "5.1.1 " at the front of a line, or nothing.
std::string_view enhanced_status(std::string_view line) {
  const auto end = line.find(' ');
  const auto word = line.substr(0, end);
  const auto dots = std::count(word.begin(), word.end(), '.');
  const bool plain = std::all_of(word.begin(), word.end(), [](char c) { return digit(c) || c == '.'; });
  const bool status = end != std::string_view::npos && plain && dots == 2 && word.size() >= 5 && word[1] == '.';
  return status ? line.substr(0, end + 1) : std::string_view();
}

std::string_view take_word(std::string_view& rest) {
  rest = trim(rest);
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

std::optional<int> mail_max(std::string_view limits) {
  constexpr std::string_view name = "MAILMAX=";
  while (!trim(limits).empty()) {
    const auto word = take_word(limits);
    if (!istarts_with(word, name)) continue;
    int value = 0;
    const auto number = word.substr(name.size());
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error == std::errc() && end == number.data() + number.size() && value > 0) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string SmtpReply::line() const {
  std::string joined;
  std::string_view rest = text;
  const auto status = enhanced_status(rest);
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    auto part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (!joined.empty() && !status.empty() && part.substr(0, status.size()) == status)
      part.remove_prefix(status.size());
    joined.append(" ").append(part);
  }
  return one_line(fmt::format("{}{}", code, joined));
}

SmtpReplyReader::State SmtpReplyReader::add(std::string_view line) {
  constexpr std::size_t shown = 80;
  const bool has_code = line.size() >= 3 && line[0] >= '2' && line[0] <= '5' && digit(line[1]) && digit(line[2]);
  const char mark = line.size() > 3 ? line[3] : ' ';
  if (!has_code || (mark != ' ' && mark != '-')) {
    trouble_ = fmt::format("an answer that is no SMTP reply: \"{}\"", cut(one_line(line.substr(0, 4 * shown)), shown));
    return State::no_reply;
  }
  if (++lines_ > max_lines) {
    trouble_ = fmt::format("a reply of more than {} lines", max_lines);
    return State::no_reply;
  }
  reply_.code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (lines_ > 1 && reply_.text.size() < max_text) reply_.text += '\n';
  if (line.size() > 4) reply_.text += line.substr(4, max_text - std::min(max_text, reply_.text.size()));
  return mark == '-' ? State::more : State::complete;
}

std::optional<SmtpReply> read_reply(std::string_view lines) {
  SmtpReplyReader reader;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    auto line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto state = reader.add(line);
    if (state == SmtpReplyReader::State::complete) return reader.take();
    if (state == SmtpReplyReader::State::no_reply) return std::nullopt;
  }
  return std::nullopt;
}

SmtpExtensions read_extensions(const SmtpReply& ehlo) {
  SmtpExtensions extensions;
  std::string_view rest = ehlo.text;
  rest.remove_prefix(std::min(rest.find('\n'), rest.size()));  // the first line greets
  while (!rest.empty()) {
    rest.remove_prefix(1);
    auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size());
    const auto keyword = take_word(line);
    if (iequals(keyword, "PIPELINING")) extensions.pipelining = true;
    if (iequals(keyword, "SIZE")) extensions.size = true;
    if (iequals(keyword, "8BITMIME")) extensions.eight_bit = true;
    if (iequals(keyword, "DSN")) extensions.dsn = true;
    if (iequals(keyword, "LIMITS")) extensions.max_messages = mail_max(line);
  }
  return extensions;
}

std::string xtext(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= '!' && c <= '~' && c != '+' && c != '=') {
      out += c;
    } else {
      out += fmt::format("+{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string as_data(std::string_view message) {
  std::string out;
  out.reserve(message.size() + 16);
  if (!message.empty() && message[0] == '.') out += '.';
  std::size_t done = 0;
  for (auto dot = message.find("\n."); dot != std::string_view::npos; dot = message.find("\n.", dot + 1)) {
    out.append(message, done, dot + 1 - done).append(".");
    done = dot + 1;
  }
  out.append(message, done);
  if (!message.ends_with("\r\n")) out += "\r\n";
  out += ".\r\n";
  return out;
}

}  // namespace mailcanary
