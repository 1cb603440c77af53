#include "probes/bounce/reasons.h"

#include <set>

#include "core/files.h"
#include "tests/catch.h"
#include "tests/places.h"

using namespace mailcanary;
using namespace mailcanary::bounce;

namespace {

std::string reason(std::string_view diagnostic) {
  const std::string reply = reply_code(diagnostic), status = enhanced_status(diagnostic);
  Evidence evidence;
  evidence.diagnostic = diagnostic;
  evidence.status = status;
  evidence.reply = reply;
  evidence.action = "failed";
  return reason_of(evidence);
}

}  // namespace

TEST_CASE("what servers say gives the reason") {
  const struct {
    const char* said;
    const char* reason;
  } rows[] = {
      {"550 5.1.1 <a@b.example>: Recipient address rejected: User unknown in local recipient table", "userunknown"},
      {"550 User unknown (in reply to RCPT TO command)", "userunknown"},
      {"550 User unknown (in reply to end of DATA command)", "filtered"},
      {"452 4.2.2 The email account that you tried to reach is over quota", "mailboxfull"},
      {"552 5.3.4 Message size exceeds fixed limit", "mesgtoobig"},
      {"554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.dnsbl.example", "blocked"},
      {"550 5.7.1 message content rejected due to spam", "spamdetected"},
      {"550 5.7.23 The message was rejected because of Sender Policy Framework violation", "authfailure"},
      {"550 5.7.25 The IP address sending this message does not have a PTR record", "requireptr"},
      {"550 5.2.1 The email account that you tried to reach is disabled.", "suspend"},
      {"551 5.1.6 address has moved to elsewhere", "hasmoved"},
      {"554 5.7.1 <a@b.example>: Relay access denied", "norelaying"},
      {"553 5.1.8 <x@y.example>: Sender address rejected: Domain not found", "rejected"},
      {"Host or domain name not found. Name service error for name=there.example type=A: Host not found",
       "hostunknown"},
      {"421 4.4.5 too many concurrent SMTP connections; please try again later.", "toomanyconn"},
      {"421 4.7.28 Gmail has detected an unusual rate of mail originating from your IP", "speeding"},
      {"554 5.4.6 Too many hops", "networkerror"},
      {"connect to mail.there.example[192.0.2.9]:25: Connection timed out", "expired"},
      {"452 4.3.1 Insufficient system storage", "systemfull"},
      {"451 4.3.0 Temporary lookup failure", "networkerror"},
      {"TLS is required, but was not offered by host mail.there.example", "failedstarttls"},
      {"550 5.7.1 message refused by policy", "policyviolation"},
      {"550 5.7.1 our filter found a virus", "virusdetected"},
      {"501 5.5.4 Syntax error in parameters", "syntaxerror"},
      {"550 frobnicated", "onhold"},
  };
  for (const auto& row : rows) {
    INFO(row.said);
    CHECK(reason(row.said) == row.reason);
  }
}

TEST_CASE("the reason is read from sentences of many servers in many languages") {
  const std::string table = read_file(testbed::source_folder() / "tests/bounce/diagnostics.tsv").value();
  std::set<std::string_view> words;
  for (std::string_view rest = table; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const auto tab = line.find('\t');
    REQUIRE(tab != std::string_view::npos);
    INFO(line);
    CHECK(reason(line.substr(tab + 1)) == line.substr(0, tab));
    words.insert(line.substr(0, tab));
  }
  CHECK(words.size() >= 28);
}

TEST_CASE("nothing said is undefined, and a delivery is a delivery") {
  Evidence evidence;
  evidence.named = false;
  CHECK(reason_of(evidence) == "undefined");
  evidence.action = "relayed";
  CHECK(reason_of(evidence) == "delivered");
  evidence.action = "delayed";
  CHECK(reason_of(evidence) == "expired");
}

TEST_CASE("hard is what the next message would meet again") {
  CHECK(is_hard("userunknown", "5.1.1", "550"));
  CHECK(is_hard("hostunknown", "", ""));
  CHECK(is_hard("hasmoved", "", ""));
  CHECK(is_hard("notaccept", "5.1.10", ""));
  CHECK_FALSE(is_hard("notaccept", "4.1.10", ""));
  CHECK_FALSE(is_hard("notaccept", "", "451"));
  CHECK_FALSE(is_hard("mailboxfull", "5.2.2", "552"));
  CHECK_FALSE(is_hard("undefined", "", ""));
}

TEST_CASE("text is compared without case, line ends and addresses") {
  CHECK(matchable("  550-5.1.1 The\n  User\t<A@b.example>\n550-5.1.1 Isn’t\n") == "550-5.1.1 the user <@> isn't ");
}
