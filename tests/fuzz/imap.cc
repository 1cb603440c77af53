// What an IMAP server says, cut into responses as the session cuts it: every response is read or refused, what is read
// is no more than was said, and a message counts only when it proves itself.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/text.h"
#include "probes/imap_names.h"
#include "probes/imap_parser.h"
#include "probes/message_reading.h"
#include "tests/fuzz/check.h"

namespace {

using namespace mailcanary;

std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find("\r\n");
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
  return line;
}

// A line, and as many literals with lines after them as it announces.
std::string take_response(std::string_view& rest) {
  std::string text(take_line(rest));
  auto announced = may_hold_literals(text) ? announced_literal(text) : std::nullopt;
  while (announced && *announced <= rest.size()) {
    text += "\r\n";
    text += rest.substr(0, static_cast<std::size_t>(*announced));
    rest.remove_prefix(static_cast<std::size_t>(*announced));
    const auto line = take_line(rest);
    text += line;
    announced = announced_literal(line);
  }
  return text;
}

void read(const ImapFetch& fetch, const ReadBy& by) {
  if (!fetch.header) return;
  const HeaderWord word = read_header_word(by, *fetch.header);
  const std::string whole = fetch.message.value_or(""), text = fetch.text.value_or("");
  const Reading reading = read_message(by, word, *fetch.header, whole, fetch.internal_date, WallTime{},
                                       {text, ArrivedBody::Extent::whole});
  FUZZ_CHECK(!reading.sighting || !reading.traffic);
  FUZZ_CHECK(!reading.traffic || by.counts());
  if (!reading.sighting) return;
  FUZZ_CHECK(word.proof || fetch.message);
  FUZZ_CHECK(ulid_time(reading.sighting->id.str()));
}

void read_both_ways(const ImapFetch& fetch) {
  static const Secret key(std::string("0123456789abcdef0123456789abcdef"));
  read(fetch, {key, "", std::nullopt});
  read(fetch, {key, "", WallTime{}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  JunkChoice junk;
  while (!rest.empty()) {
    const std::string text = take_response(rest);
    const auto response = parse_imap_response(text);
    if (!response) {
      FUZZ_CHECK(response.error().kind == ErrorKind::protocol);
      FUZZ_CHECK(one_line(response.error().message) == response.error().message);
      continue;
    }
    if (const auto* fetch = std::get_if<ImapFetch>(&response->data)) {
      FUZZ_CHECK(fetch->header.value_or("").size() + fetch->message.value_or("").size() <= text.size());
      read_both_ways(*fetch);
    } else if (const auto* listed = std::get_if<ImapListed>(&response->data)) {
      FUZZ_CHECK(listed->name.size() <= text.size() && listed->delimiter.size() <= 1);
      junk.consider(*listed);
    } else if (const auto* searched = std::get_if<ImapSearched>(&response->data)) {
      FUZZ_CHECK(searched->numbers.size() <= text.size());
    }
    // A completed command has a status.
    FUZZ_CHECK(response->tag.empty() || std::holds_alternative<ImapStatus>(response->data));
  }
  imap_quoted(junk.best());
  return 0;
}
