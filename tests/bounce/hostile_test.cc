// Bounces come from anybody: the work is bounded, whatever they hold.
#include "core/text.h"
#include "probes/bounce/bounce.h"
#include "tests/catch.h"

using namespace mailcanary;

namespace {

const std::string report_header = "From: MAILER-DAEMON@x\nSubject: Undelivered Mail\n";

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string status_of(std::size_t recipients) {
  std::string text = report_header +
                     "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: "
                     "message/delivery-status\n\nReporting-MTA: dns; x\n";
  for (std::size_t i = 0; i < recipients; ++i) {
    text += "\nFinal-Recipient: rfc822; u" + std::to_string(i) + "@there.example\nAction: failed\nStatus: 5.1.1\n";
  }
  return text + "\n--b--\n";
}

}  // namespace

TEST_CASE("a report of very many recipients is read up to a thousand") {
  CHECK(read_bounce_mail(status_of(1)).rows.size() == 1);
  CHECK(read_bounce_mail(status_of(1000)).rows.size() == 1000);
  CHECK(read_bounce_mail(status_of(5000)).rows.size() == 1000);
}

// What costs the square of its length takes many minutes here, more than the time limit of the whole program.
TEST_CASE("mails made to cost much are read like others") {
  const struct {
    const char* what;
    std::string mail;
  } rows[] = {
      {"one endless line", report_header + "\n" + std::string(3'000'000, 'a')},
      {"one endless line of at signs", report_header + "\n" + std::string(1'000'000, '@')},
      {"endless local part", report_header + "\n<" + std::string(1'000'000, 'a') + "@there.example>: no such user"},
      {"many addresses", report_header + "\n" + repeated("<a@b.example>: user unknown\n", 30'000)},
      {"many addresses on a line", report_header + "\n" + repeated("a@b.example ", 60'000)},
      {"many fields", repeated("X: y\n", 200'000) + report_header + "\nuser unknown"},
      {"many boundaries",
       report_header + "Content-Type: multipart/report; boundary=b\n\n" + repeated("--b\n", 200'000)},
      {"deep nesting", report_header + repeated("Content-Type: multipart/mixed; boundary=b\n\n--b\n", 20'000)},
      {"nested original messages", report_header + repeated("Content-Type: message/rfc822\n\n", 20'000)},
      {"pasted in pasted in pasted",
       report_header + repeated("\n\nContent-Type: multipart/report; boundary=b\n\n--b\n", 10'000)},
      {"many phrases", report_header + "\n<a@b.example>: " + repeated("user user user ", 60'000)},
      {"many codes", report_header + "\n<a@b.example>: " + repeated("550 5.", 100'000)},
      {"open tags", report_header + "Content-Type: text/html\n\n" + repeated("<style><script>", 60'000)},
      {"brackets", "From: no-reply@sns.amazonaws.com\n\n{\"notificationType\":" + std::string(500'000, '[')},
      {"folded to no end", report_header + "To: x" + repeated("\n y", 300'000) + "\n\nuser unknown"},
      {"carriage returns", report_header + "\n" + std::string(1'000'000, '\r') + "x"},
      {"zeros", std::string(500'000, '\0')},
      {"address groups", "To: " + repeated("a:", 300'000) + "\n" + report_header + "\nuser unknown"},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    CHECK(read_bounce_mail(row.mail).rows.size() <= 1000);
  }
}

TEST_CASE("a mail that names a report again and again on one line is read like others, again and again") {
  const std::string mail = "Subject: x\n\n" + repeated("multipart/report ", 60'000);
  for (int again = 0; again < 20; ++again) CHECK(read_bounce_mail(mail).rows.empty());
}

TEST_CASE("a mail that only quotes the fields of a report says of nobody that he was not reached") {
  const std::string ticket = "From: ada@there.example\nSubject: ticket 7\n\nThey sent me this:\n\n";
  CHECK(read_bounce_mail(ticket + "Final-Recipient: rfc822; bob@there.example\n").rows.empty());
  const BounceMail receipt = read_bounce_mail(ticket + "Final-Recipient: rfc822; bob@there.example\nStatus: 2.0.0\n");
  REQUIRE(receipt.rows.size() == 1);
  CHECK(receipt.rows[0].kind == BounceKind::delivered);
  const BounceMail pasted = read_bounce_mail(ticket + "Final-Recipient: rfc822; bob@there.example\nAction: failed\nStatus: 5.1.1\n");
  REQUIRE(pasted.rows.size() == 1);
  CHECK(pasted.rows[0].kind == BounceKind::failed);
}

TEST_CASE("all that is told is one safe line") {
  const BounceMail mail = read_bounce_mail(
      report_header +
      "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
      "Reporting-MTA: dns; mx\x1b[31m\n\nFinal-Recipient: rfc822; a@there.example\nAction: fai\x07led\n"
      "Status: 5.1.1\nDiagnostic-Code: smtp; 550 \x1b]0;owned\x07 \xE2\x80\xAE no\xFFne\nRemote-MTA: dns; "
      "\x01there\n\n--b--\n");
  REQUIRE(mail.rows.size() == 1);
  const auto& row = mail.rows[0];
  for (const std::string& text :
       {row.recipient, row.action, row.status, row.reply, row.diagnostic, row.remote_mta, mail.reporting_mta}) {
    CAPTURE(text);
    CHECK(text == one_line(text));
    CHECK(valid_utf8(text));
  }
  CHECK(row.reply == "550");
}

TEST_CASE("the recipient of any kind of report is safe") {
  for (const std::string head :
       {"Subject: Automatic reply: x\nFrom: Ada <ada@ther\xA5.example>\n\nx",
        "Content-Type: message/feedback-report\n\nOriginal-Rcpt-To: ada@ther\xA5.example\n",
        "From: no-reply@sns.amazonaws.com\n\n{\"notificationType\":\"Complaint\",\"complaint\":"
        "{\"complainedRecipients\":[{\"emailAddress\":\"ada@there\\u202e.example\"}]}}"}) {
    const BounceMail mail = read_bounce_mail(head);
    REQUIRE(mail.rows.size() == 1);
    CHECK(one_line(mail.rows[0].recipient) == mail.rows[0].recipient);
    CHECK(mail.rows[0].recipient.starts_with("ada@ther"));
  }
}
