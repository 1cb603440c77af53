#include "tests/docs/transcript.h"

#include <regex>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace mailcanary::docs {
namespace {

const std::string any = "…";
const std::string prompt = "$ ";

struct Kind {
  std::regex pattern;
  const char* name;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = [] {
    std::vector<Kind> kinds;
    const auto add = [&kinds](const char* pattern, const char* name) { kinds.push_back({std::regex(pattern), name}); };
    add(R"([0-7][0-9A-HJKMNP-TV-Z]{25})", "ID");
    add(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)", "TIME");
    add(R"((\d+ [A-Z][a-z]{2} \d{4}, )?\d\d:\d\d UTC)", "TIME");
    add(R"(queued as \w+)", "queued as ID");
    add(R"(process \d+)", "process N");
    add(R"((\b127\.0\.0\.1|\b[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.example\b)(:\d+)?)", "HOST");
    add(R"(\b\d+(\.\d+)? ?(ms|min|s|h|d)\b( \d+ (s|min|h)\b)?)", "DURATION");
    add("(█|▏)+", "");
    add(" +", " ");
    add(" $", "");
    return kinds;
  }();
  return all;
}

// `shown` with its wildcards against the whole line.
bool line_matches(const std::string& shown, const std::string& printed) {
  const std::string pattern = normal_form(shown), line = normal_form(printed);
  std::size_t at = 0;
  std::string_view rest = pattern;
  bool first = true;
  for (;;) {
    const auto end = rest.find(any);
    const std::string_view part = rest.substr(0, end);
    if (end == std::string_view::npos && !first) return line.size() >= at + part.size() && line.ends_with(part);
    const auto found = first ? (line.starts_with(part) ? 0 : std::string::npos) : line.find(part, at);
    if (found == std::string::npos) return false;
    at = found + part.size();
    if (end == std::string_view::npos) return at == line.size();
    rest.remove_prefix(end + any.size());
    first = false;
  }
}

bool lines_match(const std::vector<std::string>& shown, std::size_t s, const std::vector<std::string>& printed,
                 std::size_t p) {
  if (s == shown.size()) return p == printed.size();
  if (shown[s] == any) {
    for (std::size_t next = p; next <= printed.size(); ++next)
      if (lines_match(shown, s + 1, printed, next)) return true;
    return false;
  }
  return p < printed.size() && line_matches(shown[s], printed[p]) && lines_match(shown, s + 1, printed, p + 1);
}

}  // namespace

std::vector<Exchange> exchanges_of(const std::vector<std::string>& block) {
  std::vector<Exchange> exchanges;
  bool continues = false;
  for (const auto& line : block) {
    if (continues) {
      exchanges.back().command += "\n" + line;
    } else if (line.starts_with(prompt)) {
      exchanges.push_back({line.substr(prompt.size()), {}});
    } else if (exchanges.empty()) {
      throw std::runtime_error("a console block begins without a command: " + line);
    } else {
      exchanges.back().shown.push_back(line);
      continue;
    }
    continues = line.ends_with('\\');
  }
  return exchanges;
}

std::string normal_form(const std::string& line) {
  std::string normal = line;
  for (const auto& kind : kinds()) normal = std::regex_replace(normal, kind.pattern, kind.name);
  return normal;
}

Match compare(const std::vector<std::string>& shown, const std::vector<std::string>& printed) {
  return lines_match(shown, 0, printed, 0) ? Match::yes : Match::no;
}

}  // namespace mailcanary::docs
