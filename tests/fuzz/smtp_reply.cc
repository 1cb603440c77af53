// What an SMTP server answers: bounded, one safe line when shown. And what we send as data comes out as it went in.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/text.h"
#include "probes/smtp_reply.h"
#include "tests/fuzz/check.h"

namespace {

using namespace mailcanary;

// As a server reads it: to the line of one dot, without the dots that were put in front.
std::string undone(std::string_view data) {
  std::string out;
  while (!data.empty()) {
    const auto end = data.find("\r\n");
    FUZZ_CHECK(end != std::string_view::npos);
    auto line = data.substr(0, end);
    data.remove_prefix(end + 2);
    if (line == ".") break;
    if (line.starts_with('.')) line.remove_prefix(1);
    out.append(line).append("\r\n");
  }
  FUZZ_CHECK(data.empty());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  SmtpReplyReader reader;
  std::string message;
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = rest.find('\n');
    auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    message.append(line).append("\r\n");
    const auto state = reader.add(line);
    if (state == SmtpReplyReader::State::no_reply) {
      FUZZ_CHECK(!reader.trouble().empty() && one_line(reader.trouble()) == reader.trouble());
      reader = {};
    } else if (state == SmtpReplyReader::State::complete) {
      const SmtpReply reply = reader.take();
      reader = {};
      FUZZ_CHECK(reply.code >= 200 && reply.code <= 599);
      FUZZ_CHECK(reply.text.size() <= SmtpReplyReader::max_text + SmtpReplyReader::max_lines);
      FUZZ_CHECK(one_line(reply.line()) == reply.line());
      const SmtpExtensions extensions = read_extensions(reply);
      FUZZ_CHECK(extensions.max_messages.value_or(1) > 0);
    }
  }
  if (!message.empty()) FUZZ_CHECK(undone(as_data(message)) == message);
  for (const char c : xtext(text)) FUZZ_CHECK(c > ' ' && c <= '~' && c != '=');
  return 0;
}
