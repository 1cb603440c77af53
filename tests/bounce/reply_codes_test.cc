#include "probes/bounce/reply_codes.h"

#include "tests/catch.h"

using namespace mailcanary::bounce;

TEST_CASE("an enhanced status is told from addresses and versions") {
  const struct {
    const char* text;
    const char* status;
  } rows[] = {
      {"550 5.1.1 no such user", "5.1.1"},
      {"550-5.7.26 not accepted", "5.7.26"},
      {"no mailbox here by that name (#5.1.1 - chkusr)", "5.1.1"},
      {"5.1.1 (bad destination mailbox)", "5.1.1"},
      {"host x[5.1.1.7] said: 550 no", ""},
      {"host x[10.5.1.1] said: 452 4.2.2 full", "4.2.2"},
      {"mailer v5.1.1 says no", ""},
      {"Server 15.20.5.1 says no", ""},
      {"released 5.1.2024", ""},
      {"250 2.1.5 Ok, later 550 5.2.2 full", "5.2.2"},
      {"250 2.1.5 Ok", "2.1.5"},
      {"5.1", ""},
      {"", ""},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(enhanced_status(row.text) == row.status);
  }
}

TEST_CASE("a reply code is told from other numbers") {
  const struct {
    const char* text;
    const char* code;
  } rows[] = {
      {"550 5.1.1 no", "550"},
      {"host mx said: 421 later", "421"},
      {"'550-5.1.1 no'", "550"},
      {"over the limit of 500 KB", ""},
      {"at most 512 MB are taken", ""},
      {"Suite 400, Main Street", ""},
      {"more than 500 MiB, at most 512 are taken", ""},
      {"the limit of 500 KB is passed: 552 5.3.4 too big", "552"},
      {"smtp;550 no", "550"},
      {"[550 5.1.1 no]", "550"},
      {"250 ok, 354 go on, 451 no", "451"},
      {"ERROR_CODE :550, ERROR_CODE :5.2.1", "550"},
      {"connect to mx:25: timed out", ""},
      {"id 550 was lost", ""},
      {"after 450 seconds", ""},
      {"mx-550 said no", ""},
      {"192.0.2.550 said no", ""},
      {"5501 no", ""},
      {"599 no", ""},
      {"", ""},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(reply_code(row.text) == row.code);
  }
}

TEST_CASE("of several statuses the one that says most is taken") {
  const struct {
    const char *reported, *replied, *in_text, *best;
  } rows[] = {
      {"5.0.0", "5.1.1", "", "5.1.1"},
      {"5.1.1", "5.7.1", "", "5.7.1"},
      {"5.2.2", "5.0.0", "", "5.2.2"},
      {"5.0.0", "", "5.7.25", "5.7.25"},
      {"5.5.0", "", "4.7.1", "4.7.1"},
      {"5.3.0", "", "4.7.1", "5.3.0"},
      {"5.5.0", "", "", "5.5.0"},
      {"5.0.0", "", "", "5.0.0"},
      {"", "", "4.4.2", "4.4.2"},
      {"2.1.5", "", "", "2.1.5"},
      {"", "", "", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.reported, row.replied, row.in_text);
    CHECK(better_status(row.reported, row.replied, row.in_text) == row.best);
  }
}

TEST_CASE("the telling part of a text is its reply, else its first paragraph") {
  CHECK(telling_part("host said:\n550 no\nsuch user\n\nGoodbye") == "550 no\nsuch user");
  CHECK(telling_part("(reason: 550 no)") == "550 no");
  CHECK(telling_part(">: Mailbox full\n\nGoodbye") == "Mailbox full");
  CHECK(telling_part("because:\n\n  nobody of that name\n\nGoodbye") == "because:\n\n  nobody of that name");
  CHECK(telling_part("because:") == "because:");
  CHECK(telling_part(" \n") == "");
}
