// Where the number of mails sent comes from: a file, a command, a log of Postfix. Read again and again from where
// reading stood, which is kept in the ledger together with what was counted.
// Threads: the loop's thread; files are read on a thread of their own.
#pragma once
#include <memory>
#include <string>

#include "config/config.h"
#include "core/event_loop.h"
#include "monitor/traffic/traffic.h"

namespace mailcanary {

struct SentAnswer {
  SentReading reading;  // without groups when there is nothing new
  std::string fault;    // why it cannot be read: safe one-line text; empty: it was
  enum class Rest { none, more } rest = Rest::none;  // ask again at once
};

class SentSource {
 public:
  // `place`: as the ledger has it; empty: reading starts now.
  SentSource(EventLoop& loop, AccountName account, SentCount what, std::string place)
      : loop_(loop), account_(std::move(account)), what_(std::move(what)), place_(std::move(place)) {}
  Task<SentAnswer> read();
  Duration every() const;  // how often it is worth asking

 private:
  EventLoop& loop_;
  const AccountName account_;
  const SentCount what_;
  std::string place_;
};

// What a number means: its increase since the last reading, or itself; spread over the minutes since then. Pure.
// `text`: what the file or command holds. invalid_input unless it is one number.
Result<SentReading> count_number(SentCount::Counts counts, std::string_view text, const std::string& place, WallTime now);
// Lines `TIME COUNT`, RFC 3339 or seconds since 1970; those that are none are left out and counted in `bad`. Pure.
struct SentLines {
  std::vector<SentReading::Group> groups;
  int bad = 0;
};
SentLines count_lines(std::string_view lines, WallTime now);

}  // namespace mailcanary
