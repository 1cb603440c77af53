#include "probes/hops/received.h"

#include "core/units.h"
#include "tests/catch.h"

using namespace mailcanary;

namespace {

// Everything that was understood, on one line.
std::string told(std::string_view value) {
  const ReceivedLine line = parse_received(value);
  std::string text;
  const auto add = [&text](const char* name, const std::string& word) {
    if (!word.empty()) text += (text.empty() ? "" : " ") + std::string(name) + "=" + word;
  };
  add("from", line.from);
  add("reverse", line.reverse);
  add("address", line.address);
  add("by", line.by);
  add("by_address", line.by_address);
  add("with", line.with);
  add("id", line.id);
  add("for", line.recipient);
  add("tls", line.tls_version);
  add("cipher", line.tls_cipher);
  add("at", line.at ? format_time(*line.at) : "");
  return text;
}

}  // namespace

TEST_CASE("the Received line of every common server is understood") {
  const struct {
    const char *server, *line, *told;
  } rows[] = {
      {"Postfix",
       "from a.example (a.example [192.0.2.1]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) "
       "key-exchange X25519 server-signature ECDSA (prime256v1)) (No client certificate requested) by mx.b.example "
       "(Postfix) with ESMTPS id 4Xyz for <u@b.example>; Tue, 24 Nov 2026 13:00:00 +0000 (UTC)",
       "from=a.example reverse=a.example address=192.0.2.1 by=mx.b.example with=ESMTPS id=4Xyz for=u@b.example "
       "tls=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 at=2026-11-24T13:00:00.000Z"},
      {"Postfix, submitted locally", "by a.example (Postfix, from userid 1000) id 4X; Tue, 24 Nov 2026 14:00:00 +0100 (CET)",
       "by=a.example id=4X at=2026-11-24T13:00:00.000Z"},
      {"Exim",
       "from [10.0.0.5] (helo=client) by mx.b.example with esmtpsa (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.96) "
       "(envelope-from <x@a.example>) id 1rABC-0x for u@b.example; Tue, 24 Nov 2026 13:00:00 +0000",
       "from=[10.0.0.5] address=10.0.0.5 by=mx.b.example with=esmtpsa id=1rABC-0x for=u@b.example tls=TLSv1.3 "
       "cipher=TLS_AES_256_GCM_SHA384 at=2026-11-24T13:00:00.000Z"},
      {"Exim, older",
       "from a.example ([192.0.2.1]:2525 helo=x) by mx.b.example with esmtps (TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384:256) "
       "(Exim 4.87) id 1r for u@b.example; Tue, 24 Nov 2026 13:00:00 +0000",
       "from=a.example address=192.0.2.1 by=mx.b.example with=esmtps id=1r for=u@b.example tls=TLSv1.2 "
       "cipher=ECDHE-RSA-AES256-GCM-SHA384 at=2026-11-24T13:00:00.000Z"},
      {"Sendmail, a name that does not lead back",
       "from x (IDENT:root@host.a.example [192.0.2.1] (may be forged)) (authenticated bits=0) by mx.b.example "
       "(8.17.1/8.17.1) with ESMTPS id 4AO (version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NOT) for "
       "<u@b.example>; Tue, 24 Nov 2026 13:00:00 GMT",
       "from=x address=192.0.2.1 by=mx.b.example with=ESMTPS id=4AO for=u@b.example tls=TLSv1.3 "
       "cipher=TLS_AES_256_GCM_SHA384 at=2026-11-24T13:00:00.000Z"},
      {"Sendmail, submitted locally",
       "(from root@localhost) by a.example (8.17.1/8.17.1/Submit) id 4AO; Tue, 24 Nov 2026 13:00:00 GMT",
       "by=a.example id=4AO at=2026-11-24T13:00:00.000Z"},
      {"qmail, inside", "(qmail 4711 invoked from network); 24 Nov 2026 13:00:00 -0000",
       "with=qmail at=2026-11-24T13:00:00.000Z"},
      {"qmail",
       "from unknown (HELO client.example) (user@a.example@192.0.2.1) by mx.b.example with (TLS_AES_256_GCM_SHA384 "
       "encrypted) ESMTPS; 24 Nov 2026 13:00:00 -0000",
       "from=client.example address=192.0.2.1 by=mx.b.example with=ESMTPS cipher=TLS_AES_256_GCM_SHA384 "
       "at=2026-11-24T13:00:00.000Z"},
      {"Microsoft 365",
       "from AM0.eurprd04.prod.outlook.com (2603:10a6:208::1) by DB9.outlook.office365.com (2603:10a6:10::2) with "
       "Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.1 via Frontend "
       "Transport; Tue, 24 Nov 2026 13:00:00 +0000",
       "from=AM0.eurprd04.prod.outlook.com address=2603:10a6:208::1 by=DB9.outlook.office365.com "
       "by_address=2603:10a6:10::2 with=Microsoft SMTP Server id=15.20.1 tls=TLSv1.2 "
       "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 at=2026-11-24T13:00:00.000Z"},
      {"Exchange", "from EX1 ([fe80::1%12]) by EX2 ([10.0.0.1]) with mapi id 14.03.0; Tue, 24 Nov 2026 13:00:00 +0000",
       "from=EX1 address=fe80::1 by=EX2 by_address=10.0.0.1 with=mapi id=14.03.0 at=2026-11-24T13:00:00.000Z"},
      {"Gmail, inside", "by 2002:a05:6402:12:b0:1:2 with SMTP id ab12csp1; Tue, 24 Nov 2026 05:00:00 -0800 (PST)",
       "by=2002:a05:6402:12:b0:1:2 with=SMTP id=ab12csp1 at=2026-11-24T13:00:00.000Z"},
      {"Gmail",
       "from a.example (a.example. [192.0.2.1]) by mx.google.com with ESMTPS id x1si.1 for <u@g.example> "
       "(version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256 bits=128/128); Tue, 24 Nov 2026 05:00:00 -0800 (PST)",
       "from=a.example reverse=a.example address=192.0.2.1 by=mx.google.com with=ESMTPS id=x1si.1 for=u@g.example "
       "tls=TLSv1.3 cipher=TLS_AES_128_GCM_SHA256 at=2026-11-24T13:00:00.000Z"},
      {"Gmail's API", "from 123456 named unknown by gmailapi.google.com with HTTPREST; Tue, 24 Nov 2026 05:00:00 -0800",
       "from=123456 by=gmailapi.google.com with=HTTPREST at=2026-11-24T13:00:00.000Z"},
      {"Yahoo",
       "from 127.0.0.1 (EHLO out.a.example) (192.0.2.1) by 10.217.1.2 with SMTPs (version=TLS1_3 "
       "cipher=TLS_AES_128_GCM_SHA256); Tue, 24 Nov 2026 13:00:00 +0000",
       "from=out.a.example address=192.0.2.1 by=10.217.1.2 with=SMTPs tls=TLSv1.3 cipher=TLS_AES_128_GCM_SHA256 "
       "at=2026-11-24T13:00:00.000Z"},
      {"Yahoo, submitted", "by hermes-1.example (Yahoo Inc. Hermes SMTP Server) with ESMTPA ID 12ab; Tue, 24 Nov 2026 13:00:00 +0000 (UTC)",
       "by=hermes-1.example with=ESMTPA id=12ab at=2026-11-24T13:00:00.000Z"},
      {"Mimecast",
       "from a.example (a.example [192.0.2.1]) by relay.example with ESMTP with STARTTLS (version=TLSv1.2, "
       "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id us-mta-1; Tue, 24 Nov 2026 08:00:00 -0500",
       "from=a.example reverse=a.example address=192.0.2.1 by=relay.example with=ESMTP id=us-mta-1 tls=TLSv1.2 "
       "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 at=2026-11-24T13:00:00.000Z"},
      {"Courier",
       "from a (a.example [::ffff:192.0.2.1]) (TLS: TLSv1.3,256bits,TLS_AES_256_GCM_SHA384) (AUTH: LOGIN x@a.example) by "
       "mx.b.example with ESMTPS id 0001.x; Tue, 24 Nov 2026 13:00:00 +0000",
       "from=a reverse=a.example address=192.0.2.1 by=mx.b.example with=ESMTPS id=0001.x tls=TLSv1.3 "
       "cipher=TLS_AES_256_GCM_SHA384 at=2026-11-24T13:00:00.000Z"},
      {"Dovecot",
       "from mx.b.example ([10.0.0.1]) by store.b.example with LMTP id aBc (envelope-from <x@a.example>) for "
       "<u@b.example>; Tue, 24 Nov 2026 13:00:00 +0000",
       "from=mx.b.example address=10.0.0.1 by=store.b.example with=LMTP id=aBc for=u@b.example "
       "at=2026-11-24T13:00:00.000Z"},
      {"Cyrus", "from mx (mx.b.example [10.0.0.1]) by store (Cyrus 3.11.0-alpha0) with LMTPA; Tue, 24 Nov 2026 08:00:00 -0500",
       "from=mx reverse=mx.b.example address=10.0.0.1 by=store with=LMTPA at=2026-11-24T13:00:00.000Z"},
      {"OpenSMTPD",
       "from a (a.example [192.0.2.1]) by mx.b.example (OpenSMTPD) with ESMTPS id 12ab "
       "(TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO) for <u@b.example>; Tue, 24 Nov 2026 13:00:00 +0000 (UTC)",
       "from=a reverse=a.example address=192.0.2.1 by=mx.b.example with=ESMTPS id=12ab for=u@b.example tls=TLSv1.3 "
       "cipher=TLS_AES_256_GCM_SHA384 at=2026-11-24T13:00:00.000Z"},
      {"IceWarp", "from a ([192.0.2.1]) by mx.b.example (IceWarp 14.0.0.1 DEB x64) with ASMTP (SSL) id 2026; Tue, 24 Nov 2026 14:00:00 +0100",
       "from=a address=192.0.2.1 by=mx.b.example with=ASMTP id=2026 at=2026-11-24T13:00:00.000Z"},
      {"MDaemon", "from a.example (192.0.2.1) by mx.b.example (MDaemon PRO v23.0.1) with ESMTPS id md50.msg for <u@b.example>; Tue, 24 Nov 2026 14:00:00 +0100",
       "from=a.example address=192.0.2.1 by=mx.b.example with=ESMTPS id=md50.msg for=u@b.example "
       "at=2026-11-24T13:00:00.000Z"},
      {"amavis", "from mx.b.example ([127.0.0.1]) by localhost (mx.b.example [127.0.0.1]) (amavisd-new, port 10032) with ESMTP id a; Tue, 24 Nov 2026 13:00:00 +0000 (UTC)",
       "from=mx.b.example address=127.0.0.1 by=localhost by_address=127.0.0.1 with=ESMTP id=a "
       "at=2026-11-24T13:00:00.000Z"},
      {"Zimbra", "from mbox.b.example (LHLO mbox.b.example) (10.0.0.1) by mbox.b.example with LMTP; Tue, 24 Nov 2026 13:00:00 +0000 (UTC)",
       "from=mbox.b.example address=10.0.0.1 by=mbox.b.example with=LMTP at=2026-11-24T13:00:00.000Z"},
      {"Domino", "from a ([192.0.2.1]) by mx.b.example (IBM Domino Release 9.0.1FP10) with ESMTP id 2026112414-34 ; Tue, 24 Nov 2026 14:00:00 +0100",
       "from=a address=192.0.2.1 by=mx.b.example with=ESMTP id=2026112414-34 at=2026-11-24T13:00:00.000Z"},
      {"CommuniGate", "from [192.0.2.1] (account x@a.example HELO a.example) by mx.b.example (CommuniGate Pro SMTP 6.3) with ESMTPSA id 12 for u@b.example; Tue, 24 Nov 2026 16:00:00 +0300",
       "from=[192.0.2.1] address=192.0.2.1 by=mx.b.example with=ESMTPSA id=12 for=u@b.example "
       "at=2026-11-24T13:00:00.000Z"},
      {"GMX, from the web", "from [192.0.2.1] by web-1.server.lan (via HTTP); Tue, 24 Nov 2026 14:00:00 +0100",
       "from=[192.0.2.1] address=192.0.2.1 by=web-1.server.lan with=HTTP at=2026-11-24T13:00:00.000Z"},
      {"Yandex", "by smtp.yandex.example (nwsmtp/Yandex) with ESMTPSA id ab-1; Tue, 24 Nov 2026 16:00:00 +0300 (using TLSv1.2 with cipher ECDHE-RSA-AES128-GCM-SHA256 (128/128 bits)) (Client certificate not present)",
       "by=smtp.yandex.example with=ESMTPSA id=ab-1 tls=TLSv1.2 cipher=ECDHE-RSA-AES128-GCM-SHA256 "
       "at=2026-11-24T13:00:00.000Z"},
      {"Oracle", "from ms1.a.example (Oracle Communications Messaging Server 8.0 64bit (built Jun 7 2025)) id <0P@ms1.a.example>; Tue, 24 Nov 2026 13:00:00 +0000 (GMT)",
       "by=ms1.a.example id=0P@ms1.a.example at=2026-11-24T13:00:00.000Z"},
      {"MessageLabs", "from unknown (HELO a.example) (192.0.2.1) by tower.example with AES128-SHA encrypted SMTP;24 Nov 2026 13:00:00 -0000",
       "from=a.example address=192.0.2.1 by=tower.example with=SMTP cipher=AES128-SHA at=2026-11-24T13:00:00.000Z"},
  };
  for (const auto& row : rows) {
    INFO(row.server);
    CHECK(told(row.line) == row.told);
  }
}

TEST_CASE("a Received line that is written badly tells what it can") {
  const struct {
    const char *line, *told;
  } rows[] = {
      {"from a by b id x Sun, 22 Nov 2026 13:00:00 +0900", "from=a by=b id=x at=2026-11-22T04:00:00.000Z"},
      {"by b; (5.65/1.37) id 00; Tue, 24 Nov 26 13:00:00 EST", "by=b id=00 at=2026-11-24T18:00:00.000Z"},
      {"FROM a BY b WITH smtp; 24 Nov 2026 13:00 +0000", "from=a by=b with=smtp at=2026-11-24T13:00:00.000Z"},
      {"from a by b; yesterday", "from=a by=b"},
      {"from a by b", "from=a by=b"},
      {"from by b; Tue, 24 Nov 2026 13:00:00 +0000", "by=b at=2026-11-24T13:00:00.000Z"},
      {"from a (never closed by b; Tue, 24 Nov 2026 13:00:00 +0000", "from=a by=b at=2026-11-24T13:00:00.000Z"},
      {"from a (x (y) [192.0.2.1] \\) by c) by b", "from=a address=192.0.2.1 by=b"},
      {"from a (;by c) by b (; id 3); 24 Nov 2026 13:00:00 +0000 (;)", "from=a by=b at=2026-11-24T13:00:00.000Z"},
      {"from \"a b\" by b", "from=a b by=b"},
      {"for <u@b> with with by from", "for=u@b"},
      {"from \x1b[31mred by b\xff", "from=\xEF\xBF\xBD[31mred by=b\xEF\xBF\xBD"},
      {"", ""},
      {";", ""},
      {"(((((((", ""},
      {")))\")", ""},
  };
  for (const auto& row : rows) {
    INFO(row.line);
    CHECK(told(row.line) == row.told);
  }
}

TEST_CASE("a Received line of endless brackets, words and semicolons is read in bounded time and space") {
  for (const char* piece : {"(", ")", "()", "\"", "\\", ";", "by ", "from (", "(a", "; Mon, ", "[", "with ", "tls1", "x@"}) {
    std::string line = "from a by ";
    while (line.size() < 16 * 1024) line += piece;
    INFO(piece);
    const ReceivedLine read = parse_received(line);
    for (const std::string* text : {&read.from, &read.by, &read.with, &read.id, &read.tls_cipher, &read.reverse})
      CHECK(text->size() < 1100);
  }
}

TEST_CASE("X-Received lines stand in only where there is no Received line") {
  const std::string both = "X-Received: by x.google.com; 24 Nov 2026 13:00:00 +0000\nReceived: by a.example\n";
  REQUIRE(received_lines(both).size() == 1);
  CHECK(received_lines(both)[0].by == "a.example");
  REQUIRE(received_lines("X-Received: by x.google.com; 24 Nov 2026 13:00:00 +0000\n").size() == 1);
}
