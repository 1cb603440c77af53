// What the spam filters on the way wrote about a message: the first of the well-known fields that is there.
// Does not: tell whose filter it was. Most filters remove such fields of others, but a message may well come with one
// that the sender's side wrote.
// Pure; any thread; bounded as HeaderReader is.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mailcanary {

struct SpamScore {
  std::string field;          // "X-Spam-Status"
  std::optional<bool> spam;   // the filter's own judgement
  std::optional<double> score;
  std::optional<double> limit;  // from which on it is spam
};

std::optional<SpamScore> read_spam_score(std::string_view header_block);
// "no spam, score 0.1 of 5 (X-Spam-Status)".
std::string to_text(const SpamScore& score);

}  // namespace mailcanary
