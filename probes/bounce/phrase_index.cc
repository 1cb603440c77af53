#include "probes/bounce/phrase_index.h"

namespace mailcanary::bounce {
namespace {

constexpr std::string_view star = " * ";
constexpr std::size_t max_gap = 80;

}  // namespace

void PhraseIndex::add(std::string_view phrase, int tag) {
  if (const auto open = phrase.find('{'); open != std::string_view::npos) {
    const auto close = phrase.find('}', open);
    std::string_view choices = phrase.substr(open + 1, close - open - 1);
    for (bool more = true; more;) {
      const auto comma = choices.find(',');
      made_.push_back(std::string(phrase.substr(0, open)).append(choices.substr(0, comma)).append(phrase.substr(close + 1)));
      add(made_.back(), tag);
      more = comma != std::string_view::npos;
      if (more) choices.remove_prefix(comma + 1);
    }
    return;
  }
  if (phrase.size() >= 3) slots_[slot(phrase)].push_back({phrase, tag});
}

bool PhraseIndex::matches(std::string_view text, std::string_view phrase) {
  auto end = phrase.find(star);
  if (!text.starts_with(phrase.substr(0, end))) return false;
  while (end != std::string_view::npos) {
    text.remove_prefix(end);
    phrase.remove_prefix(end + star.size());
    end = phrase.find(star);
    const std::string_view next = phrase.substr(0, end);
    const auto at = text.substr(0, max_gap + next.size()).find(next);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at);
    if (end == std::string_view::npos) break;
  }
  return true;
}

}  // namespace mailcanary::bounce
