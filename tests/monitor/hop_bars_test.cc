#include "monitor/cli/hop_bars.h"

#include "core/files.h"
#include "core/text.h"
#include "core/units.h"
#include "monitor/cli/trace_text.h"
#include "tests/catch.h"
#include "tests/places.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

const WallTime noon = *parse_time("2026-11-24T12:00:00Z");

Journey journey_of(const std::string& provider) {
  const auto text = read_file(testbed::source_folder() / "tests/probes/provider_headers" / (std::string(provider) + ".txt"));
  REQUIRE(text);
  return read_journey(*text);
}

}  // namespace

TEST_CASE("bars show where the minutes went and in whose house") {
  const Journey journey = journey_of("spamassassin");
  CHECK(hop_bars(journey.hops, journey.own, {}) ==
        "hops\n"
        "             -                                  from client.shop.example by out.shop.example with ESMTPSA, TLSv1.3\n"
        "           1 s  ███                             from out.shop.example by mx.other.example with ESMTPS\n"
        "           1 s  ███                             from mx.other.example by localhost with ESMTP\n"
        "          12 s  ██████████████████████████████  from localhost by mx.other.example with ESMTP\n"
        "\n"
        "          14 s  in all\n"
        "          13 s  within other.example\n"
        "           1 s  from shop.example to other.example\n");
}

TEST_CASE("bars show what the hops took by clocks set right, and say so") {
  const Journey journey = journey_of("yandex");
  const std::string text = hop_bars(journey.hops, journey.own, journey.lines);
  CHECK(text.find("     about 0 s                                  from out.shop.example by mail-nwsmtp") != std::string::npos);
  CHECK(text.find("! clock at least 59 min 42 s ahead (just 1 h: a wrong time zone?)\n") != std::string::npos);
  CHECK(text.find("2026-11-24T14:02:45.000Z, peer 198.51.100.7, id 2026112415024512-17\n") != std::string::npos);
  CHECK(text.find("           1 s  in all\n") != std::string::npos);
}

TEST_CASE("where nobody can tell which clock is wrong, the negative delay is shown as it is") {
  Hop first, second;
  first.by = "a.example";
  first.at = noon;
  second.by = "b.example";
  second.at = noon - 5min;
  second.delay = -5min;
  second.note = "clock 5 min behind the hop before; which of the two is wrong cannot be told";
  CHECK(hop_bars({first, second}, {}, {}) ==
        "hops\n"
        "             -                                  by a.example\n"
        "        -5 min                                  by b.example\n"
        "                ! clock 5 min behind the hop before; which of the two is wrong cannot be told\n"
        "\n"
        "           0 s  in all\n"
        "           0 s  from a.example to b.example\n");
  CHECK(hop_bars({}, {}, {}).empty());
}

TEST_CASE("hostile names cannot reach the terminal") {
  Hop hop;
  hop.from = "\x1b[2Ja\nb";
  hop.by = "c\r\xff";
  hop.protocol = "\x9b";
  hop.note = "\x1b]0;x\a";
  hop.at = noon;
  Hop next = hop;
  next.delay = 0s;
  const std::string text = hop_bars({hop, next}, {}, {});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(text.find('\a') == std::string::npos);
  CHECK(valid_utf8(text));
  CHECK(text.find("from \xEF\xBF\xBD[2Ja b by c \xEF\xBF\xBD with") != std::string::npos);
}

TEST_CASE("verdicts that were not given are dashes, and the spam filter has a line of its own") {
  CHECK(verdicts_text({"pass", "", "fail"}) == "verdicts spf=pass dkim=- dmarc=fail\n");
  CHECK(verdicts_text({"", "", "", "spam, score 7 of 5 (X-Spam-Status)"}) == "spam     spam, score 7 of 5 (X-Spam-Status)\n");
  CHECK(verdicts_text({}).empty());
}
