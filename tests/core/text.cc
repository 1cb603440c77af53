#include "core/text.h"

#include <string>
#include <string_view>

#include "tests/catch.h"

using namespace mailcanary;
using namespace std::string_view_literals;

namespace {
const std::string bad = "\xEF\xBF\xBD";  // U+FFFD
}

TEST_CASE("hostile text becomes one harmless line") {
  const struct {
    const char* what;
    std::string_view text;
    std::string line;
  } table[] = {
      {"plain", "550 5.1.1 no such user", "550 5.1.1 no such user"},
      {"empty", "", ""},
      {"only white space", " \t\r\n ", ""},
      {"ends are trimmed, runs become one", "  a \t\t b\r\n", "a b"},
      {"a second line is joined", "250 ok\r\nX-Forged: yes", "250 ok X-Forged: yes"},
      {"vertical tab and form feed", "a\v\fb", "a b"},
      {"NUL", "a\0b"sv, "a" + bad + "b"},
      {"bell and backspace", "a\a\bb", "a" + bad + bad + "b"},
      {"DEL",
       "a\x7f"
       "b",
       "a" + bad + "b"},
      {"ANSI colour", "\x1b[31mred\x1b[0m", bad + "[31mred" + bad + "[0m"},
      {"ANSI title", "\x1b]0;pwned\x07", bad + "]0;pwned" + bad},
      {"C1 CSI (U+009B)",
       "a\xC2\x9B"
       "31mb",
       "a" + bad + "31mb"},
      {"C1 as a raw byte",
       "a\x9B"
       "31mb",
       "a" + bad + "31mb"},
      {"C1 first and last", "\xC2\x80\xC2\x9F", bad + bad},
      {"C1 next line is white space",
       "a\xC2\x85"
       "b",
       "a b"},
      {"line and paragraph separators",
       "a\xE2\x80\xA8"
       "b\xE2\x80\xA9"
       "c",
       "a b c"},
      {"no-break and ideographic spaces",
       "a\xC2\xA0\xE3\x80\x80"
       "b",
       "a b"},
      {"bidi override (U+202E)", "exe\xE2\x80\xAEgpj", "exe" + bad + "gpj"},
      {"bidi embeddings (U+202A..U+202D)", "\xE2\x80\xAA\xE2\x80\xAB\xE2\x80\xAC\xE2\x80\xAD", bad + bad + bad + bad},
      {"bidi isolates (U+2066..U+2069)", "\xE2\x81\xA6\xE2\x81\xA7\xE2\x81\xA8\xE2\x81\xA9", bad + bad + bad + bad},
      {"bidi marks (U+200E, U+200F, U+061C)", "\xE2\x80\x8E\xE2\x80\x8F\xD8\x9C", bad + bad + bad},
      {"byte order mark", "\xEF\xBB\xBFok", bad + "ok"},
      {"invisible tag letters",
       "a\xF3\xA0\x81\x81"
       "b",
       "a" + bad + "b"},
      {"good UTF-8 stays", "Zürich \xE2\x82\xAC \xF0\x9F\x90\xA4", "Zürich \xE2\x82\xAC \xF0\x9F\x90\xA4"},
      {"highest code point stays", "\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},
      {"Latin-1", "Z\xFCrich", "Z" + bad + "rich"},
      {"lone tail bytes", "\x80\xBF", bad + bad},
      {"cut two-byte sequence", "a\xC3", "a" + bad},
      {"cut three-byte sequence", "\xE2\x82", bad + bad},
      {"cut four-byte sequence then text", "\xF0\x9F\x90x", bad + bad + bad + "x"},
      {"overlong slash in two bytes", "\xC0\xAF", bad + bad},
      {"overlong NUL", "\xC0\x80", bad + bad},
      {"overlong slash in three bytes", "\xE0\x80\xAF", bad + bad + bad},
      {"overlong slash in four bytes", "\xF0\x80\x80\xAF", bad + bad + bad + bad},
      {"overlong line feed", "\xC0\x8A", bad + bad},
      {"surrogate", "\xED\xA0\x80", bad + bad + bad},
      {"past U+10FFFF", "\xF4\x90\x80\x80", bad + bad + bad + bad},
      {"bytes that never occur", "\xFE\xFF", bad + bad},
  };
  for (const auto& row : table) {
    INFO(row.what);
    const std::string line = one_line(row.text);
    CHECK(line == row.line);
    CHECK(valid_utf8(line));
    CHECK(one_line(line) == line);
    CHECK(PeerText(row.text).line() == line);
  }
}

TEST_CASE("every pair of bytes becomes valid UTF-8 without control characters") {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string pair = {static_cast<char>(a), static_cast<char>(b)};
      const std::string line = one_line(pair);
      bool clean = valid_utf8(line);
      for (const char c : line) clean = clean && static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
      CAPTURE(a, b);
      if (!clean) CHECK(clean);
    }
  }
  CHECK(one_line("\xC3\xA9") == "\xC3\xA9");
}

TEST_CASE("text from a peer is bounded when taken") {
  const std::string endless(1'000'000, 'x');
  CHECK(PeerText(endless).raw().size() == PeerText::default_limit);
  CHECK(PeerText(endless, 10).raw() == "xxxxxxxxxx");
  CHECK(PeerText("a\0b"sv).raw() == "a\0b"sv);
  CHECK(PeerText().empty());
}

TEST_CASE("HTML is escaped for text and attributes") {
  CHECK(escape_html("<script>alert(\"x\" && 'y')</script>") ==
        "&lt;script&gt;alert(&quot;x&quot; &amp;&amp; &#39;y&#39;)&lt;/script&gt;");
  CHECK(escape_html("Zürich") == "Zürich");
  CHECK(escape_html("&amp;") == "&amp;amp;");
}

TEST_CASE("cutting counts characters, not bytes, and says that it cut") {
  const struct {
    const char* text;
    std::size_t max;
    const char* cut_text;
  } table[] = {
      {"canary", 6, "canary"},
      {"canary", 7, "canary"},
      {"canary", 5, "cana…"},
      {"canary", 1, "…"},
      {"canary", 0, ""},
      {"", 0, ""},
      {"", 5, ""},
      {"äöü", 3, "äöü"},
      {"äöüß", 3, "äö…"},
      {"\xF0\x9F\x90\xA4\xF0\x9F\x90\xA4", 1, "…"},
  };
  for (const auto& row : table) CHECK(cut(row.text, row.max) == row.cut_text);
}

TEST_CASE("case is ignored for ASCII only") {
  CHECK(lower("MiXeD 123 Ä") == "mixed 123 Ä");
  CHECK(iequals("STARTTLS", "starttls"));
  CHECK_FALSE(iequals("STARTTLS", "starttl"));
  CHECK_FALSE(iequals("Ä", "ä"));
  CHECK_FALSE(iequals("@", "`"));
  CHECK(istarts_with("Content-Type: text", "content-type:"));
  CHECK(istarts_with("x", ""));
  CHECK_FALSE(istarts_with("x", "xy"));
}

TEST_CASE("trimming takes ASCII white space at both ends") {
  CHECK(trim(" \t a b \r\n") == "a b");
  CHECK(trim("").empty());
  CHECK(trim(" \v\f ").empty());
}

TEST_CASE("a counted noun has the right form") {
  CHECK(count_noun(0, "canary", "canaries") == "0 canaries");
  CHECK(count_noun(1, "canary", "canaries") == "1 canary");
  CHECK(count_noun(2, "canary", "canaries") == "2 canaries");
  CHECK(count_noun(-1, "canary", "canaries") == "-1 canaries");
}
