// Text from outside is PeerText until an edge escapes it for where it goes. Everything a server, a message or a
// mailbox says is hostile: control characters, broken UTF-8, HTML, terminal escapes, endless length.
// Pure functions; any thread.
#pragma once
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

namespace mailcanary {

// Untrusted text, kept as it came (bounded by `limit` bytes when taken). It has no stream or fmt operator on
// purpose: choose an edge below.
class PeerText {
 public:
  static constexpr std::size_t default_limit = 4096;
  PeerText() = default;
  explicit PeerText(std::string_view raw, std::size_t limit = default_limit) : raw_(raw.substr(0, limit)) {}
  bool empty() const { return raw_.empty(); }
  // For parsing and for storing only; never for showing.
  const std::string& raw() const { return raw_; }
  // One line of valid UTF-8: control characters (C0, DEL, C1), bidi overrides and broken bytes become U+FFFD or
  // a space; runs of white space become one. Safe for terminals, logs, JSON and notices; not yet for HTML.
  std::string line() const;
  auto operator<=>(const PeerText&) const = default;

 private:
  std::string raw_;
};

std::string one_line(std::string_view untrusted);              // what PeerText::line does
std::string escape_html(std::string_view text);                // & < > " ' ; for text and attribute values
std::string cut(std::string_view utf8, std::size_t max_chars); // at most max_chars code points, "…" when cut
bool valid_utf8(std::string_view bytes);

std::string lower(std::string_view ascii);
bool iequals(std::string_view a, std::string_view b);          // ASCII case only
bool istarts_with(std::string_view text, std::string_view prefix);
std::string_view trim(std::string_view text);                  // ASCII white space at both ends

// "1 canary", "2 canaries": the number with the right form of the noun.
std::string count_noun(long long n, std::string_view one, std::string_view many);

}  // namespace mailcanary
