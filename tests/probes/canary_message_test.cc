#include "probes/canary_message.h"

#include <algorithm>
#include <vector>

#include "core/text.h"
#include "tests/catch.h"

using namespace mailcanary;

namespace {

const Secret key("a signing key for tests");
const Secret other_key("another key altogether");
const std::string ulid = "01HGW2Q8MNP3RSTVWXYZ012345";
const WallTime sent(std::chrono::milliseconds(1795525200000));  // 2026-11-24 13:00 UTC

Account account(std::string address) {
  Account account;
  account.address = std::move(address);
  return account;
}

Canary canary(std::string route = "shop-watch") {
  Canary canary;
  canary.id = CanaryId(ulid);
  canary.route = RouteName(std::move(route));
  canary.sent_at = sent;
  return canary;
}

ComposedCanary compose(Canary canary, std::size_t padding = 0, std::string_view contact = "post@shop.example") {
  return compose_canary(canary, account("canary@shop.example"), account("watch@other.example"), padding, key, contact);
}

std::string header_of(const std::string& message) { return message.substr(0, message.find("\r\n\r\n") + 2); }
std::string body_of(const std::string& message) { return message.substr(message.find("\r\n\r\n") + 4); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find("\r\n", begin);
    REQUIRE(end != std::string::npos);  // no bare line ends, and the last line is ended
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 2;
  }
  return lines;
}

std::string replace(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// The header of a real canary without one of its fields (folded lines included).
std::string without_field(const std::string& header, std::string_view name) {
  std::string out;
  bool skipping = false;
  for (const std::string& line : lines_of(header)) {
    if (line[0] != ' ') skipping = istarts_with(line, std::string(name) + ":");
    if (!skipping) out += line + "\r\n";
  }
  return out;
}

std::string token() { return compose(canary()).envelope_id; }

std::string place_of(const std::optional<Proof>& proof) {
  if (!proof) return "none";
  CHECK(proof->id == CanaryId(ulid));
  switch (proof->place) {
    case ProofPlace::header: return "header";
    case ProofPlace::message_id: return "message_id";
    case ProofPlace::subject: return "subject";
    default: return "elsewhere";
  }
}

}  // namespace

TEST_CASE("a canary is composed byte for byte as it always was") {
  CHECK(compose(canary()).message ==
        "From: Mailcanary <canary@shop.example>\r\n"
        "To: <watch@other.example>\r\n"
        "Subject: Mailcanary 01HGW2Q8MNP3RSTVWXYZ012345.mlsxwsiryd7wmymxks27msq52a\r\n"
        "Date: Tue, 24 Nov 2026 13:00:00 +0000\r\n"
        "Message-ID: <01HGW2Q8MNP3RSTVWXYZ012345.mlsxwsiryd7wmymxks27msq52a@shop.example>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 7bit\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "X-Auto-Response-Suppress: All\r\n"
        "X-Mailcanary: v=1; id=01HGW2Q8MNP3RSTVWXYZ012345;\r\n"
        " route=shop-watch;\r\n"
        " at=2026-11-24T13:00:00.000Z;\r\n"
        " body=480.480.f5wz7sdzpqf2l6swokmok2tejy;\r\n"
        " mac=ehxddam4q7dxleeldqqpecjfz4fw6tsz6r3vwlcwaektitsxtlda\r\n"
        "\r\n"
        "Hello,\r\n"
        "\r\n"
        "this small message was sent by a program, Mailcanary, to see whether mail\r\n"
        "gets through and how long it takes. Nobody waits for an answer. It is\r\n"
        "removed by itself when it has been counted; deleting it does no harm.\r\n"
        "\r\n"
        "If it reached you by mistake or bothers you, please ask:\r\n"
        "  post@shop.example\r\n"
        "\r\n"
        "Route: shop-watch\r\n"
        "Sent:  Tue, 24 Nov 2026 13:00:00 +0000\r\n"
        "Link:  https://mailcanary.invalid/01HGW2Q8MNP3RSTVWXYZ012345\r\n"
        "Token: 01HGW2Q8MNP3RSTVWXYZ012345.mlsxwsiryd7wmymxks27msq52a\r\n");
}

TEST_CASE("all lines of a canary are short, ended by CRLF, and in ASCII") {
  const auto composed = compose(canary(), 1000);
  for (const std::string& line : lines_of(composed.message)) {
    INFO(line);
    CHECK((line.size() <= 78 || istarts_with(line, "Message-ID: ")));  // one word, as long as its domain
    CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }));
  }
  CHECK(composed.envelope_from == "canary@shop.example");
  CHECK(composed.envelope_to == "watch@other.example");
}

TEST_CASE("padding adds the bytes asked for, in lines of at most 76 characters") {
  const auto plain = body_of(compose(canary()).message).size();
  for (const std::size_t padding : {2u, 3u, 77u, 78u, 79u, 80u, 157u, 10000u}) {
    INFO(padding);
    const auto padded = compose(canary(), padding).message;
    CHECK(body_of(padded).size() == plain + 2 + padding);  // an empty line parts it from the text
    for (const std::string& line : lines_of(body_of(padded))) CHECK(line.size() <= 76);
  }
}

TEST_CASE("the body tells a person what it is and whom to ask, and carries the token") {
  const auto body = body_of(compose(canary(), 0, "Jos\xc3\xa9 <jose@shop.example>").message);
  CHECK(body.find("Mailcanary") != std::string::npos);
  CHECK(body.find("  Jos\xc3\xa9 <jose@shop.example>\r\n") != std::string::npos);
  CHECK(verify_token(body, key) == CanaryId(ulid));
  CHECK(body_of(compose(canary(), 0, "").message).find("  canary@shop.example\r\n") != std::string::npos);
  CHECK(compose(canary(), 0, "Jos\xc3\xa9").message.find("Content-Transfer-Encoding: 8bit\r\n") != std::string::npos);
  CHECK(compose(canary()).message.find("Content-Transfer-Encoding: 7bit\r\n") != std::string::npos);
}

TEST_CASE("nothing from the config can start a header field or a command of its own") {
  const auto hostile = compose_canary(canary("evil\r\nBcc: all@x\r\n\r\nbody; mac=1"), account("a@b\r\nRCPT TO:<x@y>"),
                                      account("c@d>\r\nDATA"), 0, key, "me\r\n.\r\nQUIT");
  for (const std::string& line : lines_of(header_of(hostile.message))) {
    INFO(line);
    CHECK_FALSE(istarts_with(line, "Bcc"));
    CHECK_FALSE(istarts_with(line, "RCPT"));
    CHECK_FALSE(istarts_with(line, "DATA"));
  }
  CHECK(hostile.envelope_from == "a@bRCPTTO:x@y");
  CHECK(hostile.envelope_to == "c@dDATA");
  CHECK(hostile.message.find("\r\n.\r\n") == std::string::npos);
  CHECK(hostile.message.find("route=evil%0D%0ABcc%3A%20all%40x") != std::string::npos);
  CHECK(place_of(recognise_canary(hostile.message, key)) == "header");
  CHECK(header_field(compose(canary(std::string(5000, '\xff'))).message, "X-Mailcanary")->size() < 500);
}

TEST_CASE("the envelope sender carries the tag where that is allowed and fits") {
  const auto sender = [](std::string address) {
    Account from = account(std::move(address));
    from.plus_addresses = true;
    return compose_canary(canary(), from, account("b@c.example"), 0, key, "").envelope_from;
  };
  const std::string tagged = sender("canary@shop.example");
  CHECK(tagged.size() == std::string("canary+@shop.example").size() + 42);
  CHECK(verify_verp(tagged, key) == CanaryId(ulid));
  CHECK(verify_verp(sender(std::string(21, 'x') + "@a.example"), key) == CanaryId(ulid));
  CHECK(sender(std::string(22, 'x') + "@a.example") == std::string(22, 'x') + "@a.example");
}

TEST_CASE("a tag in an address verifies only whole and signed by us") {
  Account from = account("canary@shop.example");
  from.plus_addresses = true;
  const std::string tagged = compose_canary(canary(), from, account("b@c.example"), 0, key, "").envelope_from;
  CHECK(verify_verp("<" + tagged + ">", key) == CanaryId(ulid));
  CHECK(verify_verp("\"x\" <" + tagged + ">", key) == CanaryId(ulid));
  CHECK(verify_verp(lower(tagged), key) == CanaryId(ulid));
  CHECK(verify_verp("SRS0=ab=cd=shop.example=" + tagged, key) == CanaryId(ulid));
  CHECK_FALSE(verify_verp(tagged, other_key).has_value());
  CHECK_FALSE(verify_verp(replace(tagged, "01HGW", "01HGX"), key).has_value());
  CHECK_FALSE(verify_verp(replace(tagged, "@", "x@"), key).has_value());
  CHECK_FALSE(verify_verp("canary@shop.example", key).has_value());
  CHECK_FALSE(verify_verp("", key).has_value());
  CHECK_FALSE(verify_verp("+@", key).has_value());
}

TEST_CASE("a token is found in text, in any case, whole and signed by us only") {
  const std::string good = token();
  const struct {
    const char* what;
    std::string text;
    bool found;
  } rows[] = {
      {"alone", good, true},
      {"in brackets", "<" + good + "@shop.example>", true},
      {"in a sentence", "your message " + good + ". It failed", true},
      {"in lower case", lower(good), true},
      {"behind false ones", "a.b.c 01HGW2Q8MNP3RSTVWXYZ012345.aaaaaaaaaaaaaaaaaaaaaaaaaa " + good, true},
      {"truncated", good.substr(0, good.size() - 1), false},
      {"truncated in front", good.substr(1), false},
      {"with a letter more", good + "a", false},
      {"with a letter more in front", "A" + good, false},
      {"another id", replace(good, "01HGW", "01HGX"), false},
      {"another MAC", good.substr(0, 27) + std::string(26, 'a'), false},
      {"no MAC", ulid + ".", false},
      {"empty", "", false},
      {"a dot", ".", false},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    CHECK(verify_token(row.text, key).has_value() == row.found);
    CHECK_FALSE(verify_token(row.text, other_key).has_value());
  }
}

TEST_CASE("a text full of false tokens costs no more than a few checks") {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += ulid + ".aaaaaaaaaaaaaaaaaaaaaaaaaa ";
  CHECK_FALSE(verify_token(text + token(), key).has_value());  // given up before the end, on purpose
  CHECK_FALSE(verify_token(std::string(1 << 20, '.'), key).has_value());
}

TEST_CASE("a canary is known again by header, Message-ID or subject, in this order") {
  const std::string full = header_of(compose(canary()).message);
  const std::string no_header = without_field(full, "X-Mailcanary");
  const std::string no_id = without_field(no_header, "Message-ID");
  const struct {
    const char* what;
    std::string header;
    const char* place;
  } rows[] = {
      {"as sent", full, "header"},
      {"with lines above, as servers add them",
       "Return-Path: <canary@shop.example>\r\nReceived: from x by y; z\r\n" + full, "header"},
      {"with bare line feeds",
       [&] {
         std::string s;
         for (char c : full)
           if (c != '\r') s += c;
         return s;
       }(),
       "header"},
      {"ids in lower case", lower(full), "message_id"},
      {"id and MAC of the header in another case",
       replace(without_field(without_field(full, "Subject"), "Message-ID"), "id=01HGW2Q8MNP3RSTVWXYZ012345",
               "id=01hgw2q8mnp3rstvwxyz012345"),
       "header"},
      {"X- fields stripped", no_header, "message_id"},
      {"recipient rewritten", replace(full, "watch@other", "alias@other"), "message_id"},
      {"route altered", replace(full, "route=shop-watch", "route=else-watch"), "message_id"},
      {"time altered", replace(full, "at=2026", "at=2027"), "message_id"},
      {"Message-ID rewritten too", no_id, "subject"},
      {"Message-ID of another kind", "Message-ID: <0100018f-000000@email.ses.example>\r\n" + no_id, "subject"},
      {"nothing left", without_field(no_id, "Subject"), "none"},
      {"an answer by its subject", replace(no_id, "Subject: ", "Subject: Re: "), "none"},
      {"subject with more behind", replace(no_id, token(), token() + " (fwd)"), "none"},
      {"an answer by its thread", "In-Reply-To: <" + token() + "@shop.example>\r\n" + no_id, "none"},
      {"an automatic answer that copies all", replace(full, "auto-generated", "auto-replied (vacation)"), "none"},
      {"a report that copies all", replace(full, "text/plain", "multipart/report"), "none"},
      {"version from the future", replace(full, "v=1", "v=2"), "message_id"},
      {"id and MAC of different canaries", replace(no_id, "01HGW", "01HGX"), "none"},
      {"empty", "", "none"},
      {"the quote in a body", "Subject: Re: hi\r\n\r\n" + full, "none"},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    CHECK(place_of(recognise_canary(row.header, key)) == row.place);
    CHECK(place_of(recognise_canary(row.header, other_key)) == "none");
  }
}

TEST_CASE("a forged canary is none: right id, wrong signature") {
  const std::string forged = header_of(
      compose_canary(canary(), account("canary@shop.example"), account("watch@other.example"), 0, other_key, "")
          .message);
  CHECK(place_of(recognise_canary(forged, key)) == "none");
}

TEST_CASE("header fields are read unfolded, the first of a name, from the header only") {
  const std::string block =
      "Subject: one\r\n two\r\n\tthree \r\n"
      "X-A : spaced\r\n"
      "no colon here\r\n"
      "X-Empty:\r\n"
      ": nameless\r\n"
      "subject: again\n"
      "X-B: lone line feed\n"
      "\r\n"
      "X-C: in the body\r\n";
  const struct {
    const char* name;
    std::optional<std::string> value;
  } rows[] = {{"SUBJECT", "one two\tthree"},  {"x-a", "spaced"},     {"X-Empty", ""},
              {"X-B", "lone line feed"},      {"X-C", std::nullopt}, {"", std::nullopt},
              {"no colon here", std::nullopt}};
  for (const auto& row : rows) {
    INFO(row.name);
    CHECK(header_field(block, row.name) == row.value);
  }
  CHECK(header_field(" continuation first\r\nX: y\r\n", "X") == "y");
}

TEST_CASE("huge headers are read up to a bound") {
  const std::string long_value = "X-Long: " + std::string(1 << 20, 'x') + "\r\n";
  CHECK(header_field(long_value, "X-Long")->size() == 16 * 1024);
  CHECK_FALSE(header_field(long_value + "X-Behind: y\r\n", "X-Behind").has_value());
  std::string many;
  for (int i = 0; i < 100000; ++i) many += "A: b\r\n";
  CHECK(place_of(recognise_canary(many + compose(canary()).message, key)) == "none");
  std::string folded = "Subject: x";
  for (int i = 0; i < 100000; ++i) folded += "\r\n y";
  CHECK(header_field(folded, "Subject")->size() <= 16 * 1024);
}
