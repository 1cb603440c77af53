#include "probes/verdicts/auth_results.h"

#include "probes/headers.h"
#include "probes/verdicts/spam_score.h"
#include "tests/catch.h"

using namespace mailcanary;

namespace {

// "server: method=result(reason){name=value,…} …"
std::string told(std::string_view value) {
  const AuthResults read = parse_auth_results(value);
  std::string text = read.server + ":";
  for (const AuthResult& result : read.results) {
    text += " " + result.method + "=" + result.result;
    if (!result.reason.empty()) text += "(" + result.reason + ")";
    std::string properties;
    for (const auto& property : result.properties)
      properties += (properties.empty() ? "" : ",") + property.name + "=" + property.value;
    if (!properties.empty()) text += "{" + properties + "}";
  }
  return text;
}

}  // namespace

TEST_CASE("Authentication-Results is read as RFC 8601 writes it, and as it is written") {
  const struct {
    const char *value, *told;
  } rows[] = {
      {"mx.example; none", "mx.example:"},
      {"mx.example 1; spf=pass smtp.mailfrom=a.example", "mx.example: spf=pass{smtp.mailfrom=a.example}"},
      {"MX.example; auth=pass (cram-md5) smtp.auth=x@a.example; spf=fail smtp.mailfrom=a.example",
       "mx.example: auth=pass{smtp.auth=x@a.example} spf=fail{smtp.mailfrom=a.example}"},
      {"mx.example; dkim=pass reason=\"good (really; yes) \\\"key\\\"\" header.d=a.example header.b=ab/cd+ef==",
       "mx.example: dkim=pass(good (really; yes) \"key\"){header.d=a.example,header.b=ab/cd+ef==}"},
      {"foo.example (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n policy (A dot) . "
       "expired (this) = (x) 1362471462",
       "foo.example: dkim=fail{policy.expired=1362471462}"},
      {"mx.example; SPF/1=Pass; dkim/1 = NEUTRAL", "mx.example: spf=pass dkim=neutral"},
      {"spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.example;dmarc=pass action=none header.from=a.example;compauth=pass reason=100",
       ": spf=pass{smtp.mailfrom=a.example} dmarc=pass{action=none,header.from=a.example} compauth=pass(100)"},
      {"y.example; dkim=success(ok) header.i=@a.example; dmarc=success(p=REJECT) header.from=a.example; spf=hardfail; ",
       "y.example: dkim=pass{header.i=@a.example} dmarc=pass{header.from=a.example} spf=fail"},
      {"i=2; mx.microsoft.example 1; spf=none smtp.mailfrom=a; arc=none", "mx.microsoft.example: spf=none{smtp.mailfrom=a} arc=none"},
      {"r.example; iprev=pass policy.iprev=\"192.0.2.1\"; dmarc=pass (p=none; dis=none) header.from=a.example",
       "r.example: iprev=pass{policy.iprev=192.0.2.1} dmarc=pass{header.from=a.example}"},
      {"\"quoted name\"; spf=pass", "quoted name: spf=pass"},
      {"mx.example; spf= smtp.mailfrom=a; dkim=pass", "mx.example: dkim=pass"},
      {"mx.example; =pass; x=; ;;= =;spf==pass", "mx.example: spf==pass"},
      {"", ":"},
      {";", ":"},
      {"=", ":"},
      {"(", ":"},
      {"\"", "\":"},
      {"i=1", ":"},
  };
  for (const auto& row : rows) {
    INFO(row.value);
    CHECK(told(row.value) == row.told);
  }
}

TEST_CASE("an endless Authentication-Results is bounded") {
  for (const char* piece : {"(", ";", "=", "a=b ", "a=b;", "\"", "x", "\\", "a.b=\"c\"", "(;"}) {
    std::string value = "mx.example; ";
    while (value.size() < 16 * 1024) value += piece;
    INFO(piece);
    const AuthResults read = parse_auth_results(value);
    CHECK(read.results.size() <= 100);
    for (const auto& result : read.results) CHECK(result.properties.size() <= 50);
  }
}

TEST_CASE("only what the receiver's own servers wrote counts") {
  const std::string hop = "Received: from out.shop.example (out.shop.example [203.0.113.25]) by mx.other.example (Postfix) with ESMTPS id 1; Tue, 24 Nov 2026 13:00:02 +0000\n";
  const std::string inner = "Received: from mx.other.example (mx.other.example [10.0.0.3]) by store.other.example with LMTP id 2; Tue, 24 Nov 2026 13:00:03 +0000\n";
  const std::string good = "Authentication-Results: mx.other.example; spf=fail; dkim=fail\n";
  const std::string forged = "Authentication-Results: mx.other.example; spf=pass; dkim=pass; dmarc=pass\n";
  const std::string foreign = "Authentication-Results: mx.evil.example; spf=pass; dkim=pass; dmarc=pass\n";
  const struct {
    const char* what;
    std::string block;
    const char *by_place, *by_name;  // without and with authserv_id: other.example
  } rows[] = {
      {"above the line of the border", good + hop, "fail fail -", "fail fail -"},
      {"between the lines inside", inner + good + hop, "fail fail -", "fail fail -"},
      {"on top of all", good + inner + hop, "fail fail -", "fail fail -"},
      {"forged below, of the receiver's name", inner + hop + forged, "- - -", "pass pass pass"},
      {"forged below the sender's line", inner + hop + "Received: by out.shop.example\n" + forged, "- - -", "- - -"},
      {"forged below and true above", inner + good + hop + forged, "fail fail -", "fail fail pass"},
      {"foreign above", foreign + good + hop, "pass pass pass", "fail fail -"},
      {"foreign below", good + hop + foreign, "fail fail -", "fail fail -"},
      {"a stranger that calls itself one of us",
       "Received: from store.other.example (unknown [203.0.113.66]) by mx.other.example (Postfix) with SMTP id 3\n"
       "Received: by store.other.example\n" + forged, "- - -", "- - -"},
      {"the same without a looked-up name",
       "Received: from store.other.example ([203.0.113.66]) by mx.other.example with esmtp (Exim 4.96) id 3\n"
       "Received: by store.other.example\n" + forged, "- - -", "- - -"},
      {"a copy for ARC where there is nothing else", "ARC-Authentication-Results: i=1; mx.other.example; spf=pass\n" + hop,
       "pass - -", "pass - -"},
      {"Received-SPF where there is nothing else", "Received-SPF: SoftFail (mx.other.example: x) client-ip=1\n" + hop,
       "softfail - -", "softfail - -"},
      {"Received-SPF of the sender", hop + "Received-SPF: pass\n", "- - -", "- - -"},
      {"the envelope sender before the HELO name",
       "Authentication-Results: mx.other.example; spf=fail smtp.helo=x; spf=pass smtp.mailfrom=a@x\n" + hop, "pass - -",
       "pass - -"},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    for (const std::string authserv_id : {"", "other.example"}) {
      CAPTURE(authserv_id);
      const Verdicts v = read_verdicts(row.block + "From: x\n", authserv_id);
      const auto said = [](const std::string& verdict) { return verdict.empty() ? std::string("-") : verdict; };
      CHECK(said(v.spf) + " " + said(v.dkim) + " " + said(v.dmarc) == (authserv_id.empty() ? row.by_place : row.by_name));
    }
  }
}

TEST_CASE("what does not count is named") {
  const Judgement judgement = judge_verdicts(
      "Authentication-Results: mx.other.example; spf=pass\n"
      "Received: from a (a.example [203.0.113.1]) by mx.other.example; Tue, 24 Nov 2026 13:00:02 +0000\n"
      "Authentication-Results: one.example; spf=pass\nAuthentication-Results: \x1b[2J; spf=pass\n"
      "Authentication-Results: one.example; dkim=pass\n",
      "");
  CHECK(judgement.server == "mx.other.example");
  CHECK(judgement.ignored == std::vector<std::string>{"one.example", "\xEF\xBF\xBD[2j"});
}

TEST_CASE("the score of the usual spam filters is read") {
  const struct {
    const char *block, *text;
  } rows[] = {
      {"X-Spam-Status: No, score=-1.9 required=5.0 tests=BAYES_00\n", "no spam, score -1.9 of 5 (X-Spam-Status)"},
      {"X-Spam-Status: Yes, hits=7.2 required=5.0\n", "spam, score 7.2 of 5 (X-Spam-Status)"},
      {"X-Spam-Flag: YES\nX-Spam-Score: 12.5\n", "spam, score 12.5 (X-Spam-Score)"},
      {"X-Spam-Score: +2.3 (++)\n", "score 2.3 (X-Spam-Score)"},
      {"X-Spam: Yes\n", "spam (X-Spam)"},
      {"X-Spamd-Result: default: False [1.20 / 15.00];\n\tR_SPF_ALLOW(-0.20)[+mx]\n", "no spam, score 1.2 of 15 (X-Spamd-Result)"},
      {"X-MS-Exchange-Organization-SCL: 6\n", "spam, score 6 of 5 (X-MS-Exchange-Organization-SCL)"},
      {"X-MS-Exchange-Organization-SCL: -1\n", "no spam, score -1 of 5 (X-MS-Exchange-Organization-SCL)"},
      {"X-Forefront-Antispam-Report: CIP:192.0.2.1;CTRY:DE;SCL:9;SFV:SPM;\n", "spam, score 9 of 5 (X-Forefront-Antispam-Report)"},
      {"X-Proofpoint-Spam-Details: rule=spam policy=default score=99 mlxscore=99\n", "spam, score 99 (X-Proofpoint-Spam-Details)"},
      {"X-Barracuda-Spam-Status: No, SCORE=0.50 using global scores\n", "no spam, score 0.5 (X-Barracuda-Spam-Status)"},
      {"X-Rspamd-Score: 3.1\n", "score 3.1 (X-Rspamd-Score)"},
      {"X-Gm-Spam: 1\n", "spam (X-Gm-Spam)"},
      {"X-GMX-Antispam: 0 (Mail was not recognized as spam)\n", "no spam (X-GMX-Antispam)"},
      {"X-Yandex-Spam: 4\n", "spam (X-Yandex-Spam)"},
      {"x-spam-score: nan\n", ""},
      {"X-Spam-Score: 1e99\nX-Spam-Flag: maybe\n", ""},
      {"X-Spam-Status: ???\nX-Spam-Score: 1\n", "score 1 (X-Spam-Score)"},
      {"Subject: X-Spam-Score: 5\n", ""},
      {"", ""},
  };
  for (const auto& row : rows) {
    INFO(row.block);
    const auto score = read_spam_score(row.block);
    CHECK((score ? to_text(*score) : "") == row.text);
  }
}
