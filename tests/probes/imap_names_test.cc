#include "probes/imap_names.h"

#include "core/units.h"
#include "tests/catch.h"

using namespace mailcanary;

TEST_CASE("folder names are quoted for the wire, or not sent at all") {
  CHECK(imap_quoted("INBOX") == "\"INBOX\"");
  CHECK(imap_quoted("a \"b\" \\c") == "\"a \\\"b\\\" \\\\c\"");
  CHECK_FALSE(imap_quoted(""));
  CHECK_FALSE(imap_quoted("a\r\nM1 DELETE INBOX"));
  CHECK_FALSE(imap_quoted("Entw\xc3\xbcrfe"));
  CHECK_FALSE(imap_quoted(std::string(5000, 'a')));
}

TEST_CASE("folder names of people become modified UTF-7") {
  CHECK(imap_folder_name("Junk E-mail") == "Junk E-mail");
  CHECK(imap_folder_name("Courrier ind\xc3\xa9sirable") == "Courrier ind&AOk-sirable");
  CHECK(imap_folder_name("~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e") ==
        "~peter/mail/&U,BTFw-/&ZeVnLIqe-");  // the example of RFC 3501
  CHECK(imap_folder_name("R&D \xc3\xa9") == "R&-D &AOk-");
  CHECK(imap_folder_name("\xf0\x9f\x97\x91") == "&2D3d0Q-");
  CHECK(imap_folder_name("&AOk-") == "&AOk-");
  CHECK(imap_folder_name("\xff\xc3") == "&,,3,,Q-");
}

TEST_CASE("sets of UIDs are written with ranges") {
  CHECK(imap_set({3}) == "3");
  CHECK(imap_set({3, 7, 8, 9, 11, 12}) == "3,7:9,11:12");
  CHECK(imap_set({4294967294u, 4294967295u}) == "4294967294:4294967295");
}

TEST_CASE("dates are written as SEARCH wants them") {
  CHECK(imap_date(*parse_time("2026-11-24T23:59:59Z")) == "24-Nov-2026");
  CHECK(imap_date(*parse_time("2026-02-01T00:00:00Z")) == "1-Feb-2026");
}

TEST_CASE("the Junk folder is the one with the attribute, then the one with a usual name") {
  const auto choice = [](std::vector<ImapListed> folders) {
    JunkChoice junk;
    for (const auto& folder : folders) junk.consider(folder);
    return junk.best();
  };
  const ImapListed inbox{{}, "/", "INBOX"}, spam{{}, "/", "Spam"}, special{{"\\Marked", "\\junk"}, "/", "Unwanted"};
  CHECK(choice({inbox}) == "");
  CHECK(choice({inbox, spam}) == "Spam");
  CHECK(choice({spam, special}) == "Unwanted");
  CHECK(choice({special, spam}) == "Unwanted");
  CHECK(choice({{{}, "/", "Junk E-mail"}}) == "Junk E-mail");
  CHECK(choice({{{}, ".", "INBOX.junk"}}) == "INBOX.junk");
  CHECK(choice({spam, {{}, "/", "Junk"}}) == "Junk");
  CHECK(choice({{{}, "/", "Archive/Spam"}}) == "");
  CHECK(choice({{{"\\Noselect", "\\Junk"}, "/", "Junk"}}) == "");
  CHECK(choice({{{"\\Junk"}, "/", "a\r\nb"}}) == "");
}
