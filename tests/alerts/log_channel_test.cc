#include "alerts/channels/log.h"

#include "tests/alerts/channel_bed.h"

using namespace mailcanary;

TEST_CASE("the log prints a notice as one block") {
  Notice notice = sample_notice();
  notice.text = "First line.\nMeasured: 3 of 3 canaries failed (100%).";
  CHECK(log_block(notice, Colour::none) ==
        "== [critical] Example Mail: mail is not accepted (24 Nov 2026, 12:58 UTC)\n"
        "   First line.\n"
        "   Measured: 3 of 3 canaries failed (100%).\n"
        "   Page: https://status.example/incidents/01JDF0Q8M0SAMPLE0UTAGE0001.html\n");
}

TEST_CASE("the colour of the log is ours and only on the title") {
  Notice notice = sample_notice();
  notice.text = "text";
  notice.url.clear();
  const auto first_line = [&] {
    const std::string block = log_block(notice, Colour::ansi);
    return block.substr(0, block.find('\n'));
  };
  const std::string when = " (24 Nov 2026, 12:58 UTC)";
  CHECK(first_line() == "== \x1b[1;31m[critical] Example Mail: mail is not accepted\x1b[0m" + when);
  notice.impact = Impact::minor;
  CHECK(first_line().starts_with("== \x1b[1;33m"));
  notice.kind = NoticeKind::resolved;
  CHECK(first_line().starts_with("== \x1b[1;32m"));
}

TEST_CASE("no escape code, line or bell from outside reaches the log") {
  Notice notice = sample_notice();
  notice.title = "a\x1b[31m\nb\a";
  notice.text = "First error: \x1b]0;owned\a\r\n\xC2\x9B 31m";
  notice.url = "https://x\n== forged";
  CHECK(log_block(notice, Colour::none) ==
        "== a\xEF\xBF\xBD[31m b\xEF\xBF\xBD (24 Nov 2026, 12:58 UTC)\n"
        "   First error: \xEF\xBF\xBD]0;owned\xEF\xBF\xBD\n"
        "   \xEF\xBF\xBD 31m\n"
        "   Page: https://x == forged\n");
}

TEST_CASE("the log channel delivers, and knows its two streams") {
  ChannelBed bed({});
  bed.make("log", {});
  Notice notice = sample_notice();
  notice.text = "printed by the test of the log channel";
  CHECK(bed.deliver(notice).outcome == Delivery::Outcome::delivered);

  Channel channel;
  channel.name = ChannelName("console");
  channel.kind = "log";
  for (const char* stream : {"stdout", "stderr"}) {
    channel.settings["stream"] = {stream, {}};
    CHECK(make_channel({bed.loop, bed.http}, channel));
  }
  channel.settings["stream"] = {"/dev/tty", {}};
  const auto made = make_channel({bed.loop, bed.http}, channel);
  REQUIRE_FALSE(made);
  CHECK(made.error().message == "channel console (log): stream must be stderr or stdout");
}
