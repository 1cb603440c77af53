#include "probes/headers.h"

#include <algorithm>

#include "core/text.h"
#include "core/units.h"
#include "probes/header_fields.h"

namespace mailcanary {
namespace {

constexpr std::size_t max_hops = 100;
constexpr std::size_t max_text = 255;  // of one word of a Received line

std::string shown(std::string_view untrusted) { return cut(one_line(untrusted), max_text); }

// A structured field taken apart: its words outside of comments, and the comments (with what they hold, nested ones
// too) in between, in order.
struct Piece {
  enum class Kind { word, comment } kind = Kind::word;
  std::string_view text;
};

std::vector<Piece> pieces_of(std::string_view text) {
  std::vector<Piece> pieces;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == ' ' || text[at] == '\t') {
      ++at;
      continue;
    }
    const auto begin = at;
    if (text[at] == '(') {
      int depth = 0;
      for (; at < text.size(); ++at) {
        if (text[at] == '(') ++depth;
        if (text[at] == ')' && --depth == 0) break;
      }
      pieces.push_back({Piece::Kind::comment, text.substr(begin + 1, at - begin - 1)});
      ++at;
    } else {
      while (at < text.size() && text[at] != ' ' && text[at] != '\t' && text[at] != '(') ++at;
      pieces.push_back({Piece::Kind::word, text.substr(begin, at - begin)});
    }
  }
  return pieces;
}

std::string without_comments(std::string_view text) {
  std::string out;
  for (const Piece& piece : pieces_of(text)) {
    if (piece.kind == Piece::Kind::word) out.append(out.empty() ? "" : " ").append(piece.text);
  }
  return out;
}

// "TLSv1.3", "TLS1_2", "TLS1.2" wherever the line says it, as "TLSv1.3".
std::string tls_version(std::string_view line) {
  const std::string text = lower(line);
  for (auto at = text.find("tls"); at != std::string::npos; at = text.find("tls", at + 3)) {
    auto next = at + 3;
    if (next < text.size() && text[next] == 'v') ++next;
    if (next + 2 < text.size() && text[next] == '1' && (text[next + 1] == '.' || text[next + 1] == '_') &&
        text[next + 2] >= '0' && text[next + 2] <= '9') {
      return std::string("TLSv1.") + text[next + 2];
    }
  }
  return {};
}

Hop read_received(std::string_view value) {
  Hop hop;
  const auto semicolon = value.rfind(';');
  if (semicolon != std::string_view::npos) hop.at = parse_mail_date(value.substr(semicolon + 1));
  const auto route = value.substr(0, semicolon);
  std::string_view keyword;
  for (const Piece& piece : pieces_of(route)) {
    if (piece.kind == Piece::Kind::comment) continue;
    if (keyword == "from" && hop.from.empty()) hop.from = shown(piece.text);
    if (keyword == "by" && hop.by.empty()) hop.by = shown(piece.text);
    if (keyword == "with" && hop.protocol.empty()) hop.protocol = shown(piece.text);
    keyword = iequals(piece.text, "from")   ? "from"
              : iequals(piece.text, "by")   ? "by"
              : iequals(piece.text, "with") ? "with"
                                            : "";
  }
  hop.tls = tls_version(route);
  return hop;
}

// Delays between neighbours. A negative one is not hidden: it is how a wrong clock shows.
void fill_delays(std::vector<Hop>& hops) {
  std::optional<WallTime> before;
  for (Hop& hop : hops) {
    if (!hop.at) {
      hop.note = "no readable time";
      continue;
    }
    if (before) hop.delay = *hop.at - *before;
    if (hop.delay && *hop.delay < Duration::zero()) {
      hop.note = "clock " + human_duration(-*hop.delay) + " behind the hop before";
    }
    before = hop.at;
  }
}

// The result of "dkim=pass (good) header.d=…", in lower case.
struct MethodResult {
  std::string method, result;
};

MethodResult method_result(std::string_view statement) {
  const auto equals = statement.find('=');
  if (equals == std::string_view::npos) return {};
  auto method = trim(statement.substr(0, equals));
  method = trim(method.substr(0, method.find('/')));  // "spf/1=pass" names a version (RFC 8601 §2.2)
  const auto result = trim(statement.substr(equals + 1));
  return {lower(method), shown(lower(result.substr(0, result.find(' '))))};
}

// One signature that passes is enough for DKIM (RFC 6376 §4.2), so "pass" wins over the others of a kind.
void keep(std::string& verdict, const std::string& result) {
  if (verdict.empty() || result == "pass") verdict = result;
}

std::vector<std::string> statements_of(std::string_view value) {
  std::vector<std::string> statements;
  const std::string text = without_comments(value);
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = rest.find(';');
    statements.emplace_back(trim(rest.substr(0, end)));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return statements;
}

}  // namespace

std::vector<Hop> read_hops(std::string_view header_block) {
  std::vector<Hop> hops;
  HeaderReader reader(header_block);
  while (const auto field = reader.next()) {
    if (!iequals(field->name, "Received")) continue;
    hops.push_back(read_received(unfold(field->raw_value)));
    if (hops.size() == max_hops) break;
  }
  std::reverse(hops.begin(), hops.end());  // each server writes its line on top
  fill_delays(hops);
  return hops;
}

Verdicts read_verdicts(std::string_view header_block) {
  // Only the topmost field is surely the receiver's own; the verifiers behind one server write a field each, under
  // the same name (RFC 8601 §2.5), so those of that name count too.
  Verdicts verdicts;
  std::string server;
  HeaderReader reader(header_block);
  while (const auto field = reader.next()) {
    if (!iequals(field->name, "Authentication-Results")) continue;
    const auto statements = statements_of(unfold(field->raw_value));
    if (statements.empty()) continue;
    if (server.empty()) server = lower(statements[0]);
    if (lower(statements[0]) != server) continue;
    for (const std::string& statement : statements) {
      const auto [method, result] = method_result(statement);
      if (method == "spf") keep(verdicts.spf, result);
      if (method == "dkim") keep(verdicts.dkim, result);
      if (method == "dmarc") keep(verdicts.dmarc, result);
    }
  }
  return verdicts;
}

}  // namespace mailcanary
