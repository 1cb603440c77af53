// Finds which of many phrases stand in a text, in one pass: the phrases are indexed by their first three bytes.
// A phrase is lower case; " * " in it stands for up to 80 bytes of anything, "{a,b}" for either of the two: "{user,mailbox}
// {unknown,not found}" is four phrases.
// Built once, then read only: any thread.
#pragma once
#include <array>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace mailcanary::bounce {

class PhraseIndex {
 public:
  // `tag` is told back on a match. At least three bytes before the first star. Braces do not nest.
  void add(std::string_view phrase, int tag);
  // Calls `found(tag)` for every match; the text is lower case.
  template <class F>
  void search(std::string_view text, F&& found) const {
    for (std::size_t at = 0; at + 3 <= text.size(); ++at) {
      for (const auto& row : slots_[slot(text.substr(at))]) {
        if (matches(text.substr(at), row.phrase)) found(row.tag);
      }
    }
  }

 private:
  struct Row {
    std::string_view phrase;
    int tag;
  };
  static constexpr std::size_t slot_count = 4096;
  static std::size_t slot(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(text[i])); };
    return (byte(0) * 31 * 31 + byte(1) * 31 + byte(2)) % slot_count;
  }
  static bool matches(std::string_view text, std::string_view phrase);
  std::array<std::vector<Row>, slot_count> slots_;
  std::deque<std::string> made_;  // of phrases with braces
};

}  // namespace mailcanary::bounce
