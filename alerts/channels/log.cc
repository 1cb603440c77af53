#include "alerts/channels/log.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include <unistd.h>

#include "alerts/channels/kinds.h"
#include "alerts/words.h"
#include "core/text.h"

namespace mailcanary {
namespace {

constexpr std::string_view bold_red = "\x1b[1;31m";
constexpr std::string_view bold_yellow = "\x1b[1;33m";
constexpr std::string_view bold_green = "\x1b[1;32m";
constexpr std::string_view plain = "\x1b[0m";

std::string_view colour_of(const Notice& notice) {
  if (notice.kind == NoticeKind::resolved) return bold_green;
  return notice.impact == Impact::minor || notice.impact == Impact::none ? bold_yellow : bold_red;
}

// https://no-color.org; a dumb terminal shows the codes as rubbish.
Colour colour_for(std::FILE* stream) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  if (no_color != nullptr && *no_color != '\0') return Colour::none;
  if (term != nullptr && std::string_view(term) == "dumb") return Colour::none;
  return ::isatty(::fileno(stream)) == 1 ? Colour::ansi : Colour::none;
}

class LogChannel : public ChannelAdapter {
 public:
  explicit LogChannel(std::FILE* stream) : stream_(stream), colour_(colour_for(stream)) {}

  Task<Delivery> deliver(Notice notice) override {
    const std::string block = log_block(notice, colour_);
    // One write for the whole block, so that lines of the log do not come in between.
    errno = 0;
    const bool written =
        std::fwrite(block.data(), 1, block.size(), stream_) == block.size() && std::fflush(stream_) == 0;
    Delivery delivery;
    delivery.outcome = written ? Delivery::Outcome::delivered : Delivery::Outcome::retry_later;
    if (!written) delivery.detail = "write to the log: " + std::generic_category().message(errno);
    std::clearerr(stream_);
    co_return delivery;
  }

 private:
  std::FILE* stream_;
  Colour colour_;
};

}  // namespace

std::string log_block(const Notice& notice, Colour colour) {
  std::string title = one_line(notice.title);
  if (colour == Colour::ansi) title = std::string(colour_of(notice)).append(title).append(plain);
  std::string block = "== " + title + " (" + date_words(notice.created_at) + ", " +
                      time_words(notice.created_at, notice.created_at) + ")\n";
  std::string_view text = notice.text;
  while (!text.empty()) {
    const auto end = text.find('\n');
    block += "   " + one_line(text.substr(0, end)) + "\n";
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  if (!notice.url.empty()) block += "   Page: " + one_line(notice.url) + "\n";
  return block;
}

MadeChannel make_log_channel(ChannelTools, const Channel& channel) {
  const std::string stream = setting(channel, "stream").reveal();
  if (!stream.empty() && stream != "stderr" && stream != "stdout")
    return bad_setting(channel, "stream must be stderr or stdout");
  return std::unique_ptr<ChannelAdapter>(std::make_unique<LogChannel>(stream == "stdout" ? stdout : stderr));
}

}  // namespace mailcanary
