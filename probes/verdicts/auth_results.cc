#include "probes/verdicts/auth_results.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "probes/field_tokens.h"

namespace mailcanary {
namespace {

using Kind = FieldToken::Kind;
using Tokens = std::vector<FieldToken>;
constexpr std::size_t max_text = 255;
constexpr std::size_t max_results = 100;
constexpr std::size_t max_properties = 50;

std::string shown(std::string_view untrusted) { return cut(one_line(untrusted), max_text); }

bool is(const FieldToken& token, char special) { return token.kind == Kind::special && token.text[0] == special; }

// Parts between semicolons; comments say nothing.
std::vector<Tokens> parts_of(std::string_view value) {
  std::vector<Tokens> parts(1);
  for (const FieldToken& token : field_tokens(value, ";=")) {
    if (token.kind == Kind::comment) continue;
    if (is(token, ';')) {
      if (parts.size() > max_results) break;
      parts.emplace_back();
    } else {
      parts.back().push_back(token);
    }
  }
  return parts;
}

// "name = value": what stands right behind each other without a blank is one value, as in header.b=ab/cd==.
struct Pair {
  std::string name, value;
};

std::vector<Pair> pairs_of(const Tokens& tokens) {
  std::vector<Pair> pairs;
  std::size_t at = 0;
  while (at + 1 < tokens.size() && pairs.size() <= max_properties) {
    if (is(tokens[at], '=') || !is(tokens[at + 1], '=')) {
      ++at;  // a stray word
      continue;
    }
    Pair pair{lower(shown(tokens[at].text)), {}};
    // "policy . expired" may be written with blanks and comments around the dot.
    if (at >= 2 && tokens[at - 1].text == ".") pair.name = lower(shown(tokens[at - 2].text)) + "." + pair.name;
    at += 2;
    std::string value;
    for (std::size_t begin = at; at < tokens.size() && (at == begin || tokens[at].begin == tokens[at - 1].end); ++at) {
      // "header.i= header.s=x": the value was left out.
      const bool next_name = at == begin && at + 1 < tokens.size() && is(tokens[at + 1], '=') &&
                             tokens[at].begin > tokens[at - 1].end && tokens[at].text.find('.') != std::string_view::npos;
      if (next_name) break;
      value += tokens[at].kind == Kind::quoted ? unescaped(tokens[at].text) : std::string(tokens[at].text);
      if (value.size() > 4 * max_text) break;
    }
    pair.value = shown(value);
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

// RFC 8601 §2.7 and its forerunners; what else is written stays as it is.
std::string plain_result(std::string_view word) {
  struct Other {
    std::string_view written, means;
  };
  constexpr std::array<Other, 6> others = {{{"success", "pass"},
                                            {"hardfail", "fail"},
                                            {"permfail", "fail"},
                                            {"perm_fail", "fail"},
                                            {"tempfail", "temperror"},
                                            {"temp_fail", "temperror"}}};
  const std::string result = lower(word);
  for (const auto& other : others)
    if (result == other.written) return std::string(other.means);
  return result;
}

AuthResult result_of(const Tokens& part) {
  AuthResult result;
  auto pairs = pairs_of(part);
  if (pairs.empty()) return result;
  const std::string method = lower(shown(part[0].text));
  result.method = method.substr(0, method.find('/'));  // "spf/1" and "spf / 1" name a version
  result.result = plain_result(pairs[0].value);
  for (std::size_t i = 1; i < pairs.size(); ++i) {
    if (pairs[i].name == "reason") {
      if (result.reason.empty()) result.reason = std::move(pairs[i].value);
    } else if (result.properties.size() < max_properties) {
      result.properties.push_back({std::move(pairs[i].name), std::move(pairs[i].value)});
    }
  }
  return result;
}

bool has_equals(const Tokens& part) {
  return std::any_of(part.begin(), part.end(), [](const FieldToken& token) { return is(token, '='); });
}

}  // namespace

const std::string* AuthResult::property(std::string_view name) const {
  const auto found = std::find_if(properties.begin(), properties.end(),
                                  [name](const AuthProperty& property) { return property.name == name; });
  return found == properties.end() ? nullptr : &found->value;
}

AuthResults parse_auth_results(std::string_view value) {
  AuthResults results;
  const auto parts = parts_of(value);
  std::size_t at = 0;
  // ARC says first which set of seals it belongs to.
  const bool arc = parts[0].size() >= 2 && iequals(parts[0][0].text, "i") && is(parts[0][1], '=');
  if (arc) ++at;
  if (at < parts.size() && !parts[at].empty() && !has_equals(parts[at])) {
    const FieldToken& name = parts[at][0];  // behind it may stand a version
    results.server = lower(shown(name.kind == Kind::quoted ? unescaped(name.text) : std::string(name.text)));
    ++at;
  }
  for (; at < parts.size(); ++at) {
    AuthResult result = result_of(parts[at]);
    if (!result.method.empty() && !result.result.empty()) results.results.push_back(std::move(result));
  }
  return results;
}

}  // namespace mailcanary
