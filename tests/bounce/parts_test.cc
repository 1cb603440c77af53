// The parts that reading a bounce is made of, one by one.
#include "probes/bounce/addresses.h"
#include "probes/bounce/decode.h"
#include "probes/bounce/delivery_status.h"
#include "probes/bounce/mail_parts.h"
#include "probes/bounce/phrase_index.h"
#include "probes/bounce/prose.h"
#include "tests/catch.h"

using namespace mailcanary::bounce;

namespace {

std::string found(std::string_view line) {
  std::string all;
  for (const auto& address : addresses_in(line)) all += address.address + " ";
  return all;
}

std::string types(const std::string& message) {
  const std::string text = normalised(message);
  std::string all;
  for (const auto& part : split_mail(text).parts) all += part.type + " ";
  return all;
}

std::string recipients(std::string_view report, const Strangers& strangers = {}) {
  std::string all;
  for (const auto& recipient : recipients_in(report, strangers)) all += recipient.address + " ";
  return all;
}

}  // namespace

TEST_CASE("addresses are found in text as it comes") {
  CHECK(found("<Ada@There.example>: no") == "ada@there.example ");
  CHECK(found("mailto:ada@there.example.") == "ada@there.example ");
  CHECK(found("to \"ada lovelace\"@there.example, ben+x=y@[192.0.2.9]") ==
        "\"ada lovelace\"@there.example ben+x=y@[192.0.2.9] ");
  CHECK(found("zoë@dömäin.example") == "zoë@dömäin.example ");
  CHECK(found("a@ @b @ nothing") == "");
  CHECK(first_address("rfc822;ada@there.example") == "ada@there.example");
  CHECK(undo_utf8_xtext("zo\\x{EB}@x \\x{1F600} \\x{zz} \\x{") == "zoë@x 😀 \\x{zz} \\x{");
}

TEST_CASE("parts are found where the boundary is wrong, missing or never closed") {
  const std::string part = "Content-Type: text/plain\n\nx\n";
  const std::string head = "Content-Type: multipart/mixed; boundary=b\n\n";
  CHECK(types(head + "--b\n" + part + "--b\nContent-Type: message/rfc822\n\nA: b\n--b--\n") ==
        "text/plain message/rfc822 ");
  CHECK(types(head + "--other\n" + part + "--other\n" + part + "--other--\n") == "text/plain text/plain ");
  CHECK(types(head + "--b\n" + part + "--b\n" + part) == "text/plain text/plain ");
  CHECK(types("Subject: x\n\n--part1\n" + part + "--part1\n" + part + "--part1--\n") == "text/plain text/plain ");
  CHECK(types("Content-Type: multipart/mixed; boundary=b=/c:d\n\n--b=/c:d\n" + part) == "text/plain ");
  CHECK(types(head + "--b\nFrom: a@b\nTo: c@d\n\nx\n--b--\n") == "message/rfc822 ");
  CHECK(types(head + "--b\nFinal-Recipient: rfc822; c@d\n--b--\n") == "message/delivery-status ");
  CHECK(types(head + "no part at all\n") == "text/plain ");
  CHECK(types("") == "text/plain ");
}

TEST_CASE("newlines of every kind are one kind, and a From line is none of the mail's") {
  CHECK(normalised("a\r\nb\rc\nd\r\r\ne\r\rf") == "a\nb\nc\nd\ne\n\nf");
  CHECK(normalised("From x Mon\nA: b\n") == "A: b\n");
  CHECK(normalised("\n\nA: b\n") == "A: b\n");
  CHECK(normalised("From x") == "");
}

TEST_CASE("status groups are told by their fields") {
  const auto groups = [](std::string_view text) {
    std::string all;
    for (const auto& group : parse_delivery_status(text).groups)
      all += group.recipient + "/" + group.action + "/" + group.status + " ";
    return all;
  };
  const std::string one = "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n";
  const std::string two = "Final-Recipient: rfc822; c@b.example\nAction: delayed\nStatus: 4.4.1 (down)\n";
  const std::string both = "a@b.example/failed/5.1.1 c@b.example/delayed/4.4.1 ";
  CHECK(groups("Reporting-MTA: dns; x\n\n" + one + "\n" + two) == both);
  CHECK(groups("Reporting-MTA: dns; x\n" + one + two) == both);
  CHECK(groups("\n\n" + one + "\n\n\n" + two + "\n\n") == both);
  CHECK(groups("Action: failed\nFinal-Recipient: rfc822; a@b.example\nStatus: 5.1.1\n\n" + two) == both);
  CHECK(groups("Original-Recipient: <a@b.example>\nAction: Failed\n") == "a@b.example/failed/ ");
  CHECK(groups("Final-Recipient: x400; /S=a/\nOriginal-Recipient: rfc822; a@b.example\nAction: failed\n") ==
        "a@b.example/failed/ ");
  CHECK(groups("Reporting-MTA: dns; x\n") == "");
}

TEST_CASE("recipients are found by how a report is written") {
  CHECK(recipients("<a@b.example>: no\n\n<c@b.example>: no\n") == "a@b.example c@b.example ");
  CHECK(recipients("  a@b.example\n    no, says root@here.example\n  c@b.example\n    no\n") ==
        "a@b.example c@b.example ");
  CHECK(recipients("It could not be delivered to a@b.example because\n") == "a@b.example ");
  CHECK(recipients("Write to help@here.example for assistance.\nUser a@b.example is unknown\n") == "a@b.example ");
  CHECK(recipients("<a@b.example>: no\n", {"a@b.example"}) == "");
  CHECK(recipients("nobody is named\n") == "");
}

TEST_CASE("a phrase may have gaps, and is found wherever it stands") {
  PhraseIndex index;
  index.add("mailbox full", 1);
  index.add("user * unknown", 2);
  const auto sum = [&](std::string_view text) {
    int all = 0;
    index.search(text, [&all](int tag) { all += tag; });
    return all;
  };
  CHECK(sum("the mailbox full") == 1);
  CHECK(sum("user ada is unknown") == 2);
  CHECK(sum("user" + std::string(90, ' ') + "unknown") == 0);
  CHECK(sum("mailbox ful") == 0);
  CHECK(sum("") == 0);
}

TEST_CASE("HTML is read as people see it") {
  CHECK(text_of_html("<style>p{}</style><p>550 5.2.2&nbsp;full &lt;a@b&gt;</p>") == "\n550 5.2.2 full <a@b>\n");
  CHECK(text_of_html("no <b") == "no ");
}
