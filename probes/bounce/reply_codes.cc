#include "probes/bounce/reply_codes.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace mailcanary::bounce {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t n = 0;
  while (at + n < text.size() && is_digit(text[at + n])) ++n;
  return n;
}

// The length of a status that begins at `at`; 0 when none does.
std::size_t status_length(std::string_view text, std::size_t at) {
  if (at > 0 && (is_alnum(text[at - 1]) || text[at - 1] == '.' || text[at - 1] == '/' || text[at - 1] == '@')) {
    // "#5.1.1", "(5.1.1", "550-5.1.1" and ":5.1.1" are; "v5.1.1" and "10.5.1.1" are not
    return 0;
  }
  if (at + 4 >= text.size() || text[at + 1] != '.') return 0;
  const auto subject = digits_at(text, at + 2);
  if (subject < 1 || subject > 3 || at + 2 + subject >= text.size() || text[at + 2 + subject] != '.') return 0;
  const auto detail = digits_at(text, at + 3 + subject);
  if (detail < 1 || detail > 3) return 0;
  const auto end = at + 3 + subject + detail;
  if (end < text.size() && is_alnum(text[end])) return 0;
  if (end + 1 < text.size() && (text[end] == '.' || text[end] == '-') && is_digit(text[end + 1]))
    return 0;  // an address
  return end - at;
}

bool may_end_reply(char c) {
  return c == ' ' || c == '-' || c == '\n' || c == '\t' || c == ':' || c == ',' || c == '\'' || c == ']' || c == ')' ||
         c == '"' || c == ';' || c == '#' || c == '_';
}

// A number after one of these, or before one of those, counts something or names a place.
constexpr std::array<std::string_view, 8> counted = {"after ", "id ",   "port ",     "line ",
                                                     "suite ", "room ", "limit of ", "at most "};
constexpr std::array<std::string_view, 11> units = {" kb",   " mb",     " gb",     " kib",  " mib", " gib",
                                                    " byte", " second", " minute", " hour", " day"};

std::size_t reply_position(std::string_view text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if ((text[i] != '4' && text[i] != '5') || text[i + 1] < '0' || text[i + 1] > '5' || !is_digit(text[i + 2]))
      continue;
    const bool begins = i == 0 || std::string_view(" \n\t:;,'\"[(<>=#-").find(text[i - 1]) != std::string_view::npos;
    const bool ends = i + 3 >= text.size() || may_end_reply(text[i + 3]);
    if (!begins || !ends) continue;
    // "id 550", "host-550", "port 587", "after 450 seconds" are no replies
    if (i > 0 && text[i - 1] == '-' && i > 1 && is_alnum(text[i - 2])) continue;
    const std::string before = lower(text.substr(i < 9 ? 0 : i - 9, i < 9 ? i : 9));
    const std::string after = lower(text.substr(i + 3, 8));
    if (std::any_of(counted.begin(), counted.end(), [&](auto word) { return before.ends_with(word); }) ||
        std::any_of(units.begin(), units.end(), [&](auto unit) { return after.starts_with(unit); })) {
      continue;
    }
    return i;
  }
  return std::string_view::npos;
}

}  // namespace

std::string enhanced_status(std::string_view text) {
  std::string success;
  for (std::size_t i = 0; i + 4 < text.size(); ++i) {
    if (text[i] != '2' && text[i] != '4' && text[i] != '5') continue;
    const auto length = status_length(text, i);
    if (length == 0) continue;
    if (text[i] != '2') return std::string(text.substr(i, length));
    if (success.empty()) success = text.substr(i, length);
  }
  return success;
}

std::string reply_code(std::string_view text) {
  const auto at = reply_position(text);
  return at == std::string_view::npos ? std::string() : std::string(text.substr(at, 3));
}

std::string_view telling_part(std::string_view text) {
  constexpr std::string_view around = " \t\n>:;,\"')]";
  const auto reply = reply_position(text);
  const auto begin = reply != std::string_view::npos ? reply : text.find_first_not_of(around);
  if (begin == std::string_view::npos) return {};
  auto end = std::min(text.find("\n\n", begin), text.size());
  // "because:" is told by what comes next.
  while (end < text.size() && text.substr(0, end).ends_with(':')) {
    end = std::min(text.find("\n\n", std::min(text.find_first_not_of(" \t\n", end), text.size())), text.size());
  }
  std::string_view part = text.substr(begin, end - begin);
  if (part.ends_with(')') && part.find('(') == std::string_view::npos) part.remove_suffix(1);
  return part;
}

Command command_of(std::string_view lowered) {
  const struct {
    std::string_view phrase;
    Command command;
  } rows[] = {
      {"in reply to rcpt", Command::rcpt},
      {"in reply to end of data", Command::data},
      {"in reply to data", Command::data},
      {"in reply to mail", Command::mail},
      {"in reply to ehlo", Command::helo},
      {"in reply to helo", Command::helo},
      {"after rcpt", Command::rcpt},
      {"after mail from", Command::mail},
      {"after mail command", Command::mail},
      {"after end of data", Command::data},
      {"after data", Command::data},
      {"after pipelined mail", Command::mail},
      {"after pipelined rcpt", Command::rcpt},
      {"after pipelined data", Command::data},
      {"after sending data", Command::data},
      {"after helo", Command::helo},
      {"after ehlo", Command::helo},
      {"after initial connection", Command::connect},
      {"while performing the helo", Command::helo},
      {"while performing the ehlo", Command::helo},
      {"while receiving the initial", Command::connect},
      {"while sending rcpt", Command::rcpt},
      {"while sending mail", Command::mail},
      {"while sending end of data", Command::data},
      {"while sending message body", Command::data},
      {"did not like our rcpt", Command::rcpt},
      {"did not like our mail", Command::mail},
      {"did not like our final data", Command::data},
      {"did not like our data", Command::data},
      {"did not like our ehlo", Command::helo},
      {"did not like our helo", Command::helo},
      {"does not like recipient", Command::rcpt},
      {"rejected recipient", Command::rcpt},
      {"following rcpt", Command::rcpt},
      {"invalid address, error_code", Command::data},
      {"(state 13", Command::rcpt},
      {"(state 14", Command::rcpt},
      {"(state 17", Command::data},
      {"(state 18", Command::data},
      {"sent <<< rcpt", Command::rcpt},
      {"sent <<< data", Command::data},
      {"sent <<< mail", Command::mail},
      {"smtp:rcpt", Command::rcpt},
      {"smtp:data", Command::data},
      {"[rcpt_to]", Command::rcpt},
      {"[mail_from]", Command::mail},
      {"[data", Command::data},
      {"your message (data)", Command::data},
      {">>> rcpt", Command::rcpt},
      {">>> mail", Command::mail},
      {">>> ehlo", Command::helo},
      {">>> helo", Command::helo},
      {"rcpt to:<@>", Command::rcpt},
  };
  for (const auto& row : rows) {
    if (lowered.find(row.phrase) != std::string_view::npos) return row.command;
  }
  // Sendmail sends RCPT and DATA together: its "DATA" before a refusal may mean either.
  if (lowered.find(">>> data") != std::string_view::npos) return Command::unknown;
  return Command::unknown;
}

std::string better_status(const std::string& reported, const std::string& replied, const std::string& in_text) {
  const auto says_much = [](const std::string& status) {
    return !status.empty() && status[0] != '2' && !status.ends_with(".0");
  };
  const auto says_some = [](const std::string& status) {
    return !status.empty() && status[0] != '2' && !status.ends_with(".0.0");
  };
  // Sendmail makes 5.5.0 of a bare 554 by itself: any status that a server said is better.
  if (reported == "5.5.0" && replied.empty() && says_some(in_text)) return in_text;
  if (says_much(replied)) return replied;
  if (says_much(reported)) return reported;
  if (says_some(replied)) return replied;
  if (says_some(reported)) return reported;
  if (reported.empty() || reported.ends_with(".0.0")) {
    if (says_some(in_text)) return in_text;
  }
  for (const auto* status : {&reported, &replied, &in_text}) {
    if (!status->empty()) return *status;
  }
  return {};
}

}  // namespace mailcanary::bounce
