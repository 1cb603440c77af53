#include "probes/bounce_notice.h"

#include "core/text.h"
#include "tests/catch.h"

using namespace mailcanary;
using Kind = BounceReport::Kind;

namespace {

const Secret key("a signing key for tests");
const Secret other_key("another key altogether");

ComposedCanary original() {
  Canary canary;
  canary.id = CanaryId("01HGW2Q8MNP3RSTVWXYZ012345");
  canary.route = RouteName("shop-watch");
  Account from, to;
  from.address = "canary@shop.example";
  from.plus_addresses = true;
  to.address = "watch@other.example";
  return compose_canary(canary, from, to, 0, key, "");
}

std::string header_of(const std::string& message) { return message.substr(0, message.find("\r\n\r\n") + 2); }

const std::string recipient_failed =
    "Final-Recipient: rfc822; watch@other.example\r\n"
    "Original-Recipient: rfc822;watch@other.example\r\n"
    "Action: failed\r\n"
    "Status: 5.1.1\r\n"
    "Remote-MTA: dns; mx.other.example\r\n"
    "Diagnostic-Code: smtp; 550 5.1.1 <watch@other.example>:\r\n"
    "    no such user\r\n";

struct Parts {
  std::string to = "canary@shop.example";
  std::string envelope_id;  // a whole line or empty
  std::string recipients = recipient_failed;
  std::string original_type = "message/rfc822";
  std::string original = "Subject: something else\r\n\r\nbody\r\n";
};

Parts addressed_to(std::string to) {
  Parts parts;
  parts.to = std::move(to);
  return parts;
}
Parts with_envelope_id(const std::string& id) {
  Parts parts;
  parts.envelope_id = "Original-Envelope-Id: " + id + "\r\n";
  return parts;
}
Parts with_original(std::string type, std::string text) {
  Parts parts;
  parts.original_type = std::move(type);
  parts.original = std::move(text);
  return parts;
}

std::string bounce(const Parts& parts) {
  return "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.shop.example\r\nTo: " + parts.to +
         "\r\nSubject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
         "Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"cut/here\"\r\n\r\n"
         "--cut/here\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n\r\n"
         "--cut/here\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.shop.example\r\n" +
         parts.envelope_id + "Arrival-Date: Tue, 24 Nov 2026 13:00:00 +0000\r\n\r\n" + parts.recipients +
         "\r\n--cut/here\r\nContent-Type: " + parts.original_type + "\r\n\r\n" + parts.original +
         "\r\n--cut/here--\r\n";
}

std::string place_of(const std::optional<BounceNotice>& notice) {
  if (!notice) return "none";
  CHECK(notice->canary == CanaryId("01HGW2Q8MNP3RSTVWXYZ012345"));
  switch (notice->place) {
    case ProofPlace::envelope_id: return "envelope_id";
    case ProofPlace::verp: return "verp";
    case ProofPlace::embedded: return "embedded";
    default: return "elsewhere";
  }
}

}  // namespace

TEST_CASE("a bounce says of which canary it is, and what failed") {
  const auto notice = read_bounce(bounce(with_envelope_id(original().envelope_id)), key);
  REQUIRE(notice.has_value());
  CHECK(place_of(notice) == "envelope_id");
  const BounceReport& report = notice->report;
  CHECK(report.kind == Kind::failed);
  CHECK(report.recipient == "watch@other.example");
  CHECK(report.action == "failed");
  CHECK(report.status == "5.1.1");
  CHECK(report.reply == "550");
  CHECK(report.diagnostic == "550 5.1.1 <watch@other.example>: no such user");
  CHECK(report.reporting_mta == "mx.shop.example");
  CHECK(report.remote_mta == "mx.other.example");
  CHECK(report.hard);
}

TEST_CASE("the canary of a bounce is found by envelope id, by tagged recipient, or in the original") {
  const ComposedCanary sent = original();
  const std::string header = header_of(sent.message);
  const struct {
    const char* what;
    Parts parts;
    const char* place;
  } rows[] = {
      {"envelope id", with_envelope_id(sent.envelope_id), "envelope_id"},
      {"envelope id in lower case", with_envelope_id(lower(sent.envelope_id)), "envelope_id"},
      {"tagged recipient", addressed_to("<" + sent.envelope_from + ">"), "verp"},
      {"original message", with_original("message/rfc822", sent.message), "embedded"},
      {"original header", with_original("text/rfc822-headers", header), "embedded"},
      {"original with only its Message-ID",
       with_original("text/rfc822-headers", "Message-ID: <" + sent.envelope_id + "@shop.example>\r\n"), "embedded"},
      {"original with a changed subject only",
       with_original("message/rfc822", "Subject: [x] Mailcanary " + sent.envelope_id + "\r\n\r\nx\r\n"), "embedded"},
      {"somebody else's message", Parts(), "none"},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    CHECK(place_of(read_bounce(bounce(row.parts), key)) == row.place);
    CHECK_FALSE(read_bounce(bounce(row.parts), other_key).has_value());
  }
}

TEST_CASE("the first failed or delayed recipient is told, else the first") {
  const auto kind_of = [](const std::string& recipients) {
    Parts parts = addressed_to(original().envelope_from);
    parts.recipients = recipients;
    return read_bounce(bounce(parts), key).value().report;
  };
  const std::string delivered = "Final-Recipient: rfc822; a@b\r\nAction: delivered\r\nStatus: 2.0.0\r\n";
  const std::string delayed =
      "Final-Recipient: rfc822; c@d\r\nAction: delayed\r\nStatus: 4.4.1 (host down)\r\nDiagnostic-Code: X-Postfix; "
      "timed out\r\n";
  CHECK(kind_of(delivered + "\r\n" + delayed).kind == Kind::delayed);
  CHECK(kind_of(delayed + "\r\n" + recipient_failed).recipient == "c@d");
  CHECK(kind_of(delayed).status == "4.4.1");
  CHECK(kind_of(delayed).reply.empty());
  CHECK(kind_of(delayed).diagnostic == "timed out");
  CHECK_FALSE(kind_of(delayed).hard);
  CHECK(kind_of(delivered + "\r\n" + delivered).kind == Kind::delivered);
  CHECK(kind_of("Action: relayed\r\n").kind == Kind::relayed);
  CHECK(kind_of("Action: expanded\r\n").kind == Kind::expanded);
  CHECK(kind_of("Action: sings\r\nStatus: nine\r\n").kind == Kind::other);
  CHECK(kind_of("Action: failed\r\nStatus: 5.2.2\r\n").hard == false);
  CHECK(kind_of("Action: failed\r\nStatus: 5.1.8\r\n").hard == false);
  CHECK(kind_of("Action: failed\r\nStatus: 9.1.1\r\n").status.empty());
  CHECK(kind_of("Action: failed\r\nDiagnostic-Code: smtp; 5501 x\r\n").reply.empty());
}

TEST_CASE("only reports are bounces") {
  const ComposedCanary sent = original();
  CHECK_FALSE(read_bounce(sent.message, key).has_value());
  CHECK_FALSE(read_bounce("Subject: Re: Mailcanary\r\n\r\n> " + sent.envelope_id + "\r\n", key).has_value());
  CHECK_FALSE(
      read_bounce("To: <" + sent.envelope_from + ">\r\nSubject: On holiday\r\n\r\nBack soon.\r\n", key).has_value());
  CHECK_FALSE(read_bounce("", key).has_value());
  CHECK_FALSE(read_bounce("Content-Type: multipart/report; boundary=x\r\n\r\n", key).has_value());
}

TEST_CASE("a report is read encoded, wrapped, with bare line feeds, or cut short") {
  const std::string whole = bounce(addressed_to(original().envelope_from));
  const auto status_of = [](const std::string& text) {
    const auto notice = read_bounce(text, key);
    return notice ? notice->report.status : "none";
  };
  std::string line_feeds;
  for (const char c : whole) {
    if (c != '\r') line_feeds += c;
  }
  CHECK(status_of(line_feeds) == "5.1.1");
  CHECK(status_of(whole.substr(0, whole.find("\r\n--cut/here\r\nContent-Type: message/rfc822"))) == "5.1.1");
  const auto body = whole.find("\r\n\r\n") + 4;
  CHECK(status_of("To: " + original().envelope_from +
                  "\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n"
                  "Content-Type: multipart/report; boundary=\"cut/here\"\r\n\r\n" +
                  whole.substr(body) + "--outer--\r\n") == "5.1.1");
  CHECK(status_of("To: " + original().envelope_from +
                  "\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
                  "Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                  "UmVwb3J0aW5nLU1UQTogZG5zOyBteAoKQWN0aW9uOiBmYWlsZWQKU3RhdHVzOiA1LjIuMgo=\r\n--b--\r\n") == "5.2.2");
  CHECK(status_of(whole.substr(0, body)) == "none");
}

TEST_CASE("hostile text in a bounce is made safe") {
  Parts parts = addressed_to(original().envelope_from);
  parts.recipients = "Final-Recipient: rfc822; \x1b]0;evil\x07\r\nAction: failed\r\nDiagnostic-Code: smtp; 550 \xff" +
                     std::string(10000, 'x') + "\r\n";
  const auto notice = read_bounce(bounce(parts), key);
  REQUIRE(notice.has_value());
  CHECK(notice->report.recipient.find('\x1b') == std::string::npos);
  CHECK(valid_utf8(notice->report.diagnostic));
  CHECK(notice->report.diagnostic.size() < 2100);
}

TEST_CASE("MIME bombs end quietly") {
  const std::string head =
      "To: " + original().envelope_from + "\r\nContent-Type: multipart/report; boundary=b0\r\n\r\n";
  std::string nested = head;
  for (int i = 0; i < 5000; ++i) {
    nested += "--b" + std::to_string(i) + "\r\nContent-Type: multipart/mixed; boundary=b" + std::to_string(i + 1) +
              "\r\n\r\n";
  }
  CHECK_FALSE(read_bounce(nested, key).has_value());
  std::string messages = head + "--b0\r\n";
  for (int i = 0; i < 5000; ++i) messages += "Content-Type: message/rfc822\r\n\r\n";
  CHECK_FALSE(read_bounce(messages, key).has_value());
  std::string parts = head;
  for (int i = 0; i < 20000; ++i) parts += "--b0\r\nContent-Type: text/plain\r\n\r\nx\r\n";
  CHECK_FALSE(read_bounce(parts, key).has_value());
  CHECK_FALSE(read_bounce(head + std::string(8 << 20, 'x'), key).has_value());
  std::string groups = "To: ";  // address groups in groups
  for (int i = 0; i < 100000; ++i) groups += "a:";
  CHECK_FALSE(read_bounce(groups + "\r\n" + head, key).has_value());
  CHECK(read_bounce(bounce(with_original("message/rfc822", groups + "\r\n" + original().message)), key).has_value());
}

TEST_CASE("a header tells whether the message may be a bounce") {
  const struct {
    std::string header;
    bool may;
  } rows[] = {
      {"Content-Type: multipart/report; report-type=delivery-status\r\n", true},
      {"Return-Path: <>\r\nFrom: x@y\r\n", true},
      {"From: Mail Delivery System <MAILER-DAEMON@x>\r\n", true},
      {"From: postmaster@x.example\r\n", true},
      {"X-Failed-Recipients: a@b\r\n", true},
      {"Delivered-To: " + original().envelope_from + "\r\n", true},
      {"To: <" + original().envelope_from + ">\r\n", true},
      {"To: <canary+news@shop.example>\r\nFrom: a@b\r\nReturn-Path: <a@b>\r\n", false},
      {original().message, false},
      {"", false},
  };
  for (const auto& row : rows) {
    INFO(row.header);
    CHECK(may_be_bounce(row.header) == row.may);
  }
}
