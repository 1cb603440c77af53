#include "probes/verdicts/spam_score.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "core/text.h"
#include "probes/header_fields.h"

namespace mailcanary {
namespace {

constexpr std::size_t npos = std::string_view::npos;

std::optional<double> number_at(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + std::min<std::size_t>(text.size(), 32), value);
  if (error != std::errc() || end == text.data() || !std::isfinite(value) || std::abs(value) > 1e6) return std::nullopt;
  return value;
}

// The number behind "name": "score=" in "Yes, score=7.2 required=5.0".
std::optional<double> number_after(std::string_view text, std::string_view name) {
  const auto at = lower(text).find(name);
  if (at == npos) return std::nullopt;
  return number_at(text.substr(at + name.size()));
}

std::optional<bool> yes_or_no(std::string_view text) {
  text = trim(text);
  if (istarts_with(text, "yes") || istarts_with(text, "true")) return true;
  if (istarts_with(text, "no") || istarts_with(text, "false")) return false;
  return std::nullopt;
}

// "Yes, score=7.2 required=5.0 tests=…", in older versions "hits=".
SpamScore spamassassin(std::string_view text) {
  auto score = number_after(text, "score=");
  if (!score) score = number_after(text, "hits=");
  return {{}, yes_or_no(text), score, number_after(text, "required=")};
}

SpamScore barracuda(std::string_view text) { return {{}, yes_or_no(text), number_after(text, "score="), std::nullopt}; }

// Microsoft's confidence level: -1 trusted, 0 and 1 clean, 5 and 6 spam, 9 surely.
SpamScore confidence(std::optional<double> level) {
  if (!level) return {};
  constexpr double spam_from = 5;
  return {{}, *level >= spam_from, level, spam_from};
}
SpamScore exchange(std::string_view text) { return confidence(number_at(text)); }
SpamScore forefront(std::string_view text) { return confidence(number_after(text, "scl:")); }

// "default: False [1.20 / 15.00];…"
SpamScore rspamd(std::string_view text) {
  const auto colon = text.find(':');
  const auto bracket = text.find('[');
  if (colon == npos || bracket == npos) return {};
  const auto slash = text.find('/', bracket);
  return {{}, yes_or_no(text.substr(colon + 1)), number_at(text.substr(bracket + 1)),
          slash == npos ? std::nullopt : number_at(text.substr(slash + 1))};
}

// "rule=notspam policy=default score=0 …"
SpamScore proofpoint(std::string_view text) {
  const std::string words = lower(text);
  std::optional<bool> spam;
  if (const auto rule = words.find("rule="); rule != std::string::npos) {
    const auto word = std::string_view(words).substr(rule + 5, words.find(' ', rule) - rule - 5);
    if (word.find("notspam") != npos) spam = false;
    else if (word.find("spam") != npos) spam = true;
  }
  return {{}, spam, number_after(text, " score="), std::nullopt};
}

SpamScore plain_score(std::string_view text) { return {{}, std::nullopt, number_at(text), std::nullopt}; }
SpamScore plain_flag(std::string_view text) { return {{}, yes_or_no(text), std::nullopt, std::nullopt}; }

// 0 is clean: Gmail, GMX.
SpamScore zero_is_clean(std::string_view text) {
  const auto value = number_at(text);
  if (!value) return {};
  return {{}, *value > 0, std::nullopt, std::nullopt};
}
// Yandex: 1 is clean, 4 is spam.
SpamScore yandex(std::string_view text) {
  const auto value = number_at(text);
  if (!value) return {};
  return {{}, *value >= 4, std::nullopt, std::nullopt};
}

struct Row {
  std::string_view field;
  SpamScore (*read)(std::string_view text);
};
// Those that say most come first.
constexpr std::array<Row, 14> rows = {{{"X-Spam-Status", spamassassin},
                                       {"X-Spamd-Result", rspamd},
                                       {"X-MS-Exchange-Organization-SCL", exchange},
                                       {"X-Forefront-Antispam-Report", forefront},
                                       {"X-Proofpoint-Spam-Details", proofpoint},
                                       {"X-Barracuda-Spam-Status", barracuda},
                                       {"X-Rspamd-Score", plain_score},
                                       {"X-Mimecast-Spam-Score", plain_score},
                                       {"X-Spam-Score", plain_score},
                                       {"X-Gm-Spam", zero_is_clean},
                                       {"X-GMX-Antispam", zero_is_clean},
                                       {"X-Yandex-Spam", yandex},
                                       {"X-Spam-Flag", plain_flag},
                                       {"X-Spam", plain_flag}}};

bool says_something(const SpamScore& score) { return score.spam || score.score; }

}  // namespace

std::optional<SpamScore> read_spam_score(std::string_view header_block) {
  std::array<SpamScore, rows.size()> found;
  std::array<bool, rows.size()> seen{};
  HeaderReader reader(header_block);
  while (const auto field = reader.next()) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (seen[i] || !iequals(field->name, rows[i].field)) continue;
      seen[i] = true;
      constexpr std::size_t enough = 2048;
      found[i] = rows[i].read(unfold(field->raw_value, enough));
      found[i].field = rows[i].field;
    }
  }
  const auto first = std::find_if(found.begin(), found.end(), says_something);
  if (first == found.end()) return std::nullopt;
  // A bare score is judged by the flag beside it.
  if (!first->spam) {
    const auto judged = std::find_if(found.begin(), found.end(), [](const SpamScore& s) { return s.spam.has_value(); });
    if (judged != found.end()) first->spam = judged->spam;
  }
  return *first;
}

std::string to_text(const SpamScore& score) {
  std::string text = score.spam ? (*score.spam ? "spam" : "no spam") : "";
  if (score.score) {
    text += fmt::format("{}score {:g}", text.empty() ? "" : ", ", *score.score);
    if (score.limit) text += fmt::format(" of {:g}", *score.limit);
  }
  return fmt::format("{} ({})", text, score.field);
}

}  // namespace mailcanary
