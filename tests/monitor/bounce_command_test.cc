// What `mailcanary bounce` reads and prints.
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "monitor/cli/bounce_text.h"
#include "monitor/cli/mail_source.h"
#include "tests/catch.h"

using namespace mailcanary;

namespace {

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("mailcanary-bounce-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::filesystem::path put(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read_all(const std::filesystem::path& path) {
  std::string all;
  const auto done = each_mail(path, [&all](const std::string& name, std::string_view message) {
    all += std::filesystem::path(name).filename().string() + "=" + std::to_string(message.size()) + " ";
  });
  return done ? all : "error: " + done.error().message;
}

BounceMail two_rows() {
  BounceMail mail;
  mail.agent = "Postfix";
  mail.reporting_mta = "mx.here.example";
  mail.arrival_date = WallTime(std::chrono::seconds(1768381201));
  BounceRow row;
  row.recipient = "ada@there.example";
  row.action = "failed";
  row.status = "5.1.1";
  row.reply = "550";
  row.reason = "userunknown";
  row.hard = true;
  row.diagnostic = "550 5.1.1 \"no\" such user";
  row.remote_mta = "mail.there.example";
  mail.rows = {row, {}};
  mail.rows[1].kind = BounceKind::delayed;
  mail.rows[1].reason = "expired";
  return mail;
}

}  // namespace

TEST_CASE("messages are found in files, an mbox, folders and a Maildir") {
  const Folder folder;
  const std::string one = "From: a@b\n\nx\n";
  CHECK(read_all(folder.put("one.eml", one)) == "one.eml=13 ");
  const std::string line = "From a@b Wed Jan 14 09:00:00 2026\n";
  CHECK(read_all(folder.put("box", line + one + "\n" + line + one + "\nFrom here on it is text\n>From quoted\n")) ==
        "box#1=48 box#2=84 ");
  CHECK(read_all(folder.put("single", line + one)) == "single=47 ");
  CHECK(read_all(folder.put("many/b.eml", one)) == "b.eml=13 ");
  folder.put("many/a.eml", one);
  folder.put("many/.hidden", one);
  folder.put("many/inner/c.eml", one);
  CHECK(read_all(folder.path() / "many") == "a.eml=13 b.eml=13 ");
  folder.put("maildir/cur/2:2,S", one);
  folder.put("maildir/new/1", one);
  folder.put("maildir/tmp/3", one);
  CHECK(read_all(folder.path() / "maildir") == "1=13 2:2,S=13 ");
  CHECK(read_all(folder.put("empty", "")) == "");
  CHECK(read_all(folder.put("long", std::string(3'000'000, 'x'))) == "long=1048576 ");
  CHECK(read_all(folder.path() / "nowhere").starts_with("error: read "));
}

TEST_CASE("an mbox is parted where a sender and a time of day follow") {
  CHECK(parts_mbox("From a@b Wed Jan 14 09:00:00 2026"));
  CHECK_FALSE(parts_mbox("From here on it is text"));
  CHECK_FALSE(parts_mbox("from a@b Wed Jan 14 09:00:00 2026"));
}

TEST_CASE("a bounce as JSON is one line a recipient") {
  CHECK(
      bounce_json("x.eml", two_rows(), CanaryId("01HGW2Q8MNP3RSTVWXYZ012345")) ==
      R"({"file":"x.eml","kind":"failed","recipient":"ada@there.example","action":"failed","status":"5.1.1","reply":"550",)"
      R"("reason":"userunknown","hard":true,"diagnostic":"550 5.1.1 \"no\" such user","reporting_mta":"mx.here.example",)"
      R"("remote_mta":"mail.there.example","arrival_date":"2026-01-14T09:00:01.000Z","canary":"01HGW2Q8MNP3RSTVWXYZ012345"})"
      "\n"
      R"({"file":"x.eml","kind":"delayed","recipient":"","action":"","status":"","reply":"","reason":"expired","hard":false,)"
      R"("diagnostic":"","reporting_mta":"mx.here.example","remote_mta":"","arrival_date":"2026-01-14T09:00:01.000Z",)"
      R"("canary":"01HGW2Q8MNP3RSTVWXYZ012345"})"
      "\n");
  CHECK(bounce_json("y\n.eml", {}, std::nullopt) ==
        R"({"file":"y .eml","kind":"none","recipient":"","action":"","status":"","reply":"","reason":"","hard":false,)"
        R"("diagnostic":"","reporting_mta":"","remote_mta":"","arrival_date":null,"canary":null})"
        "\n");
}

TEST_CASE("a bounce as a table has a cell for everything") {
  CHECK(bounce_tsv_header() == "file\trecipient\tstatus\treply\taction\treason\thard\tagent\n");
  CHECK(bounce_tsv("x.eml", two_rows()) ==
        "x.eml\tada@there.example\t5.1.1\t550\tfailed\tuserunknown\t1\tPostfix\nx.eml\t\t\t\t\texpired\t0\tPostfix\n");
  CHECK(bounce_tsv("y.eml", {}) == "y.eml\t\t\t\t\t\t0\t\n");
}

TEST_CASE("a bounce for people, and the tally of many") {
  CHECK(bounce_text("x.eml", two_rows(), std::nullopt) ==
        "x.eml\n  ada@there.example  failed, hard: userunknown (550 5.1.1)\n    550 5.1.1 \"no\" such user\n"
        "  (nobody named)  delayed: expired\n");
  CHECK(bounce_text("y.eml", {}, std::nullopt) == "y.eml\n  no bounce\n");
  BounceTally tally;
  tally.add(two_rows());
  tally.add(two_rows());
  tally.add({});
  CHECK(tally.text() ==
        "3 messages, 4 recipients, 2 of them hard; 1 no bounce\n     2  expired\n     2  userunknown\n");
}
