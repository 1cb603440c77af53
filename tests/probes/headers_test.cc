#include "probes/headers.h"

#include "core/units.h"
#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

TEST_CASE("mail dates are read as they are written in the wild, or not at all") {
  const struct {
    const char *text, *time;  // "" for none
  } rows[] = {
      {"Tue, 24 Nov 2026 13:00:00 +0000", "2026-11-24T13:00:00.000Z"},
      {"24 Nov 2026 13:00:00 -0800 (PST)", "2026-11-24T21:00:00.000Z"},
      {"  Tue,24 Nov 2026 13:00 GMT ", "2026-11-24T13:00:00.000Z"},
      {"Tue (x), 24 (y (z)) Nov 2026 13:00:00 +0530", "2026-11-24T07:30:00.000Z"},
      {"Tue, 24 Nov 26 13:00:00 EST", "2026-11-24T18:00:00.000Z"},
      {"Tue, 24 Nov 99 13:00:00 UT", "1999-11-24T13:00:00.000Z"},
      {"24 Nov 102 13:00:00 Z", "2002-11-24T13:00:00.000Z"},
      {"Tue, 24 Nov 2026 13:00:00", "2026-11-24T13:00:00.000Z"},
      {"Tue, 24 Nov 2026 13:00:00.250 +0000", "2026-11-24T13:00:00.250Z"},
      {"Tue, 24 Nov 2026 13:00:60 +0000", "2026-11-24T13:01:00.000Z"},
      {"Tue Nov 24 13:00:00 2026", "2026-11-24T13:00:00.000Z"},
      {"24-Nov-2026 13:00:00 +0100", "2026-11-24T12:00:00.000Z"},
      {" 4-Nov-2026 13:00:00 -0100", "2026-11-04T14:00:00.000Z"},
      {"Tue, 24 November 2026 13:00:00 +01:00", "2026-11-24T12:00:00.000Z"},
      {"Tue, 24 Nov 2026 13:00:00 CEST", "2026-11-24T11:00:00.000Z"},
      {"Tue, 24 Nov 2026 13:00:00 XYZT", "2026-11-24T13:00:00.000Z"},
      {"Tue, 24 Nov 2026 13:00:00 GMT+0100", "2026-11-24T12:00:00.000Z"},
      {"Tue, 24 Nov 2026 13:00:00 GMT-0500", "2026-11-24T18:00:00.000Z"},
      {"24-Nov-2026 13:00:00 UTC-05:00", "2026-11-24T18:00:00.000Z"},
      {"Tue Nov 24 13:00:00 PST 2026", "2026-11-24T21:00:00.000Z"},
      {"Tue Nov 24 13:00:00 2026 +0100", "2026-11-24T12:00:00.000Z"},
      {"2026-11-24T13:00:00+01:00", "2026-11-24T12:00:00.000Z"},
      {"29 Feb 2028 00:00:00 +0000", "2028-02-29T00:00:00.000Z"},
      {"29 Feb 2026 00:00:00 +0000", ""},
      {"32 Nov 2026 13:00:00 +0000", ""},
      {"24 Nov 2026 24:00:00 +0000", ""},
      {"24 Nov 2026 13:60:00 +0000", ""},
      {"24 Nov 2026 13:00:61 +0000", ""},
      {"24 Nov 2026 13:00:00 +9999", ""},
      {"24 Nov 2026 13:00:00 +00", ""},
      {"24 Nov 2026 13 +0000", ""},
      {"24 Nix 2026 13:00:00 +0000", ""},
      {"1 Jan 99999 00:00:00 +0000", ""},
      {"-1 Jan 2026 00:00:00 +0000", ""},
      {"2026-11-24", ""},
      {"(((((((((((", ""},
      {"garbage", ""},
      {"", ""},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    const auto time = parse_mail_date(row.text);
    CHECK((time ? format_time(*time) : "") == row.time);
  }
  CHECK_FALSE(parse_mail_date(std::string(1 << 20, '(')).has_value());
}

TEST_CASE("hops are read in the order of travel with the delays between them") {
  const auto hops = read_hops(
      "Delivered-To: watch@other.example\r\n"
      "Received: by store.other.example with LMTP id abc\r\n"
      "\tfor <watch@other.example>; Tue, 24 Nov 2026 13:00:04 +0000\r\n"
      "Received: from out.shop.example (out.shop.example [192.0.2.7])\r\n"
      "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n"
      "\tby mx.other.example (Postfix) with ESMTPS id 4711; Tue, 24 Nov 2026 14:00:03 +0100 (CET)\r\n"
      "Received: from [10.0.0.5] (version=TLS1_2 cipher=ECDHE-RSA-AES128-GCM-SHA256)\r\n"
      " by out.shop.example with ESMTPSA; Tue, 24 Nov 2026 13:00:01 +0000\r\n"
      "From: x\r\n\r\n"
      "Received: from body by nobody; Tue, 24 Nov 2026 13:00:01 +0000\r\n");
  REQUIRE(hops.size() == 3);
  CHECK(hops[0].from == "[10.0.0.5]");
  CHECK(hops[0].by == "out.shop.example");
  CHECK(hops[0].protocol == "ESMTPSA");
  CHECK(hops[0].tls == "TLSv1.2");
  CHECK_FALSE(hops[0].delay.has_value());
  CHECK(hops[1].from == "out.shop.example");
  CHECK(hops[1].by == "mx.other.example");
  CHECK(hops[1].tls == "TLSv1.3");
  CHECK(hops[1].delay == Duration(2s));
  CHECK(hops[2].from.empty());
  CHECK(hops[2].by == "store.other.example");
  CHECK(hops[2].protocol == "LMTP");
  CHECK(hops[2].tls.empty());
  CHECK(hops[2].delay == Duration(1s));
}

TEST_CASE("a clock that is behind shows as a negative delay with a note") {
  const auto hops = read_hops(
      "Received: from b by c; Tue, 24 Nov 2026 13:00:02 +0000\n"
      "Received: from a by b with SMTP; no date here\n"
      "Received: from z by a; Tue, 24 Nov 2026 13:00:05 +0000\n");
  REQUIRE(hops.size() == 3);
  CHECK(hops[1].note == "no readable time");
  CHECK_FALSE(hops[1].delay.has_value());
  CHECK(hops[2].delay == Duration(-3s));
  CHECK(hops[2].note.find("behind the hop before") != std::string::npos);
}

TEST_CASE("hostile Received lines are bounded and made safe") {
  std::string block;
  for (int i = 0; i < 1000; ++i) block += "Received: from a by b; Tue, 24 Nov 2026 13:00:00 +0000\r\n";
  CHECK(read_hops(block).size() == 100);
  const auto hops = read_hops("Received: from \x1b[2J" + std::string(5000, 'x') +
                              " by ((((( with\r\nReceived:\r\nReceived: (\r\nReceived: ;;;\r\n");
  REQUIRE(hops.size() == 4);
  CHECK(hops[3].from.find('\x1b') == std::string::npos);
  CHECK(hops[3].from.size() < 300);
  CHECK(read_hops("").empty());
}

TEST_CASE("verdicts come from the topmost server that states any") {
  const struct {
    const char *what, *block, *spf, *dkim, *dmarc;
  } rows[] = {
      {"one field",
       "Authentication-Results: mx.other.example;\r\n dkim=pass (2048-bit key) header.d=shop.example;\r\n"
       " spf=softfail (sender; ip) smtp.mailfrom=a@b; dmarc=fail (p=none) header.from=shop.example\r\n",
       "softfail", "pass", "fail"},
      {"a field a verifier, of one server",
       "Authentication-Results: mx.example; dmarc=pass header.from=x\nAuthentication-Results: mx.example; dkim=fail\n"
       "Authentication-Results: MX.example; spf=pass\n",
       "pass", "fail", "pass"},
      {"a field of another server below is not believed",
       "Authentication-Results: mx.example; spf=fail\nAuthentication-Results: evil.example; spf=pass; dkim=pass\n",
       "fail", "", ""},
      {"one good signature of two is enough",
       "Authentication-Results: mx; dkim=fail header.d=a; dkim=pass header.d=b; dkim=none\n", "", "pass", ""},
      {"upper case and versions", "authentication-results: mx 1; SPF/1 = Pass; DKIM=Neutral\n", "pass", "neutral", ""},
      {"nothing stated", "Authentication-Results: mx; none\n", "", "", ""},
      {"no field", "From: x\n", "", "", ""},
      {"in comments only", "Authentication-Results: mx (spf=pass); x=y (dkim=pass)\n", "", "", ""},
      {"empty", "Authentication-Results:\n", "", "", ""},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    const Verdicts verdicts = read_verdicts(row.block);
    CHECK(verdicts.spf == row.spf);
    CHECK(verdicts.dkim == row.dkim);
    CHECK(verdicts.dmarc == row.dmarc);
  }
}
