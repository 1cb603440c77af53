#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include "tests/catch.h"
#include "tests/probes/inbox_fixture.h"

using namespace mailcanary;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// A Maildir of our own, and an inbox that reads it on the real clock.
struct MaildirTest {
  MaildirTest() {
    std::string name = (fs::temp_directory_path() / "mailcanary-maildir-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root = name;
    make("");
    options = inbox_options(1);
    options.account.inbox = Endpoint{Protocol::maildir, Transport::local, {}, 0, maildir()};
  }
  ~MaildirTest() {
    inbox_.reset();
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  std::string maildir() const { return (root / "Maildir").string(); }
  void make(const std::string& folder) {
    for (const char* part : {"new", "cur", "tmp"}) fs::create_directories(fs::path(maildir()) / folder / part);
  }
  // As servers do: written in tmp, then moved.
  void deliver(const std::string& name, const std::string& text, const std::string& folder = "",
               const std::string& part = "new") {
    const fs::path base = fs::path(maildir()) / folder;
    std::ofstream(base / "tmp" / name, std::ios::binary) << text;
    fs::rename(base / "tmp" / name, base / part / name);
  }
  bool has(const std::string& file) const { return fs::exists(fs::symlink_status(fs::path(maildir()) / file)); }

  Inbox& inbox() {
    if (!inbox_) inbox_ = make_inbox(loop, options).value();
    return *inbox_;
  }
  InboxReport next() { return next_report(loop, inbox()); }
  Result<void> remove(std::vector<MessageRef> messages) { return remove_messages(loop, inbox(), std::move(messages)); }
  void start_anew() { inbox_.reset(); }

  fs::path root;
  EventLoop loop;
  InboxOptions options;

 private:
  std::unique_ptr<Inbox> inbox_;
};

TestCanary fresh_canary(const MaildirTest& test) { return signed_canary(test.loop.now().wall); }

}  // namespace

TEST_CASE("a canary moved into a Maildir is told of at once, in new or in cur, and only it") {
  for (const std::string part : {"new", "cur"}) {
    CAPTURE(part);
    MaildirTest test;
    const auto first = test.next();
    CHECK(first.fault == "");
    CHECK(first.looked_at);
    CHECK(first.sightings.empty());
    const auto canary = fresh_canary(test);
    test.loop.post([&] {
      test.deliver("1.a.host", foreign_header, "", part);
      test.deliver("2.b.host", canary.header + "body\r\n", "", part);
    });
    const auto report = test.next();
    CHECK(report.fault == "");
    REQUIRE(report.sightings.size() == 1);
    CHECK(report.sightings[0].id == canary.id);
    CHECK_FALSE(report.sightings[0].in_junk);
    CHECK(report.sightings[0].message.folder == "INBOX");
    CHECK(report.sightings[0].resolution <= 1s);
    CHECK((report.sightings[0].source == ArrivalSource::push || report.sightings[0].source == ArrivalSource::internaldate));
    CHECK(report.sightings[0].arrived_at <= report.sightings[0].seen_at);
  }
}

TEST_CASE("a canary in the junk folder of a Maildir is in junk, also when that folder was made later") {
  struct Row {
    std::string configured, folder;
  };
  for (const Row& row : std::vector<Row>{{"", ".Junk"}, {"", ".Spam"}, {"Lists/Rubbish", ".Lists.Rubbish"}}) {
    CAPTURE(row.folder);
    MaildirTest test;
    test.options.account.junk_folder = row.configured;
    test.next();
    test.make(row.folder);
    const auto canary = fresh_canary(test);
    test.deliver("1.a.host", canary.header, row.folder);
    const auto report = test.next();
    REQUIRE(report.sightings.size() == 1);
    CHECK(report.sightings[0].in_junk);
    CHECK(report.sightings[0].message.folder == row.folder);
  }
}

TEST_CASE("a canary that was seen in a Maildir is not seen again when its flags change or it is moved to cur") {
  MaildirTest test;
  test.next();
  const auto canary = fresh_canary(test);
  test.deliver("1.a.host", canary.header);
  CHECK(test.next().sightings.size() == 1);
  fs::rename(test.maildir() + "/new/1.a.host", test.maildir() + "/cur/1.a.host:2,S");
  test.inbox().look_now();
  CHECK(test.next().sightings.empty());
}

TEST_CASE("only canaries are deleted from a Maildir, whatever one is told to delete") {
  MaildirTest test;
  test.options.since = test.loop.now().wall - 1h;
  const auto canary = fresh_canary(test);
  test.deliver("1.a.host", canary.header);
  test.deliver("2.b.host", foreign_header);
  const auto report = test.next();
  REQUIRE(report.sightings.size() == 1);
  fs::rename(test.maildir() + "/new/1.a.host", test.maildir() + "/cur/1.a.host:2,S");
  // The name of the canary, which now holds something else.
  test.deliver("1.a.host", foreign_header);
  CHECK(test.remove({report.sightings[0].message}));
  CHECK_FALSE(test.has("cur/1.a.host:2,S"));
  CHECK(test.has("new/1.a.host"));
  CHECK(test.has("new/2.b.host"));
  test.options.account.bounces = true;
  test.start_anew();
  CHECK_FALSE(test.remove({report.sightings[0].message}));
}

TEST_CASE("what is no plain file in a Maildir is left alone and does not stop the look") {
  MaildirTest test;
  test.options.since = test.loop.now().wall - 1h;
  const auto canary = fresh_canary(test);
  std::ofstream(test.root / "elsewhere", std::ios::binary) << canary.header;
  fs::create_symlink(test.root / "elsewhere", test.maildir() + "/new/1.link");
  REQUIRE(::mkfifo((test.maildir() + "/new/2.fifo").c_str(), 0600) == 0);
  fs::create_directory(test.maildir() + "/new/3.directory");
  test.deliver("4.empty", "");
  test.deliver("5.endless", std::string(1 << 20, 'x'));
  test.deliver("6.binary", std::string(1000, '\0') + "\xff\xfe");
  const auto other = signed_canary(test.loop.now().wall);
  test.deliver("7.good", other.header);
  const auto report = test.next();
  CHECK(report.fault == "");
  REQUIRE(report.sightings.size() == 1);
  CHECK(report.sightings[0].id == other.id);
}

TEST_CASE("a Maildir that is missing is our fault, said by its path, and read when it is there again") {
  MaildirTest test;
  fs::remove_all(test.maildir());
  const auto report = test.next();
  CHECK(report.fault == "look at the Maildir: open " + test.maildir() + "/new: No such file or directory");
  CHECK(report.own_fault);
  CHECK_FALSE(report.looked_at);
  test.make("");
  const auto canary = fresh_canary(test);
  test.deliver("1.a.host", canary.header);
  test.inbox().look_now();
  CHECK(test.next().sightings.size() == 1);
}

TEST_CASE("a Maildir reader that starts anew finds what came meanwhile and repeats nothing that is recorded") {
  MaildirTest test;
  test.next();
  const auto first = fresh_canary(test);
  test.deliver("1.a.host", first.header);
  const auto report = test.next();
  REQUIRE(report.sightings.size() == 1);
  test.start_anew();
  test.options.cursors = report.cursors;
  test.options.handled = {report.sightings[0].message};
  const auto second = fresh_canary(test);
  test.deliver("2.b.host", second.header, "", "cur");
  const auto later = test.next();
  REQUIRE(later.sightings.size() == 1);
  CHECK(later.sightings[0].id == second.id);
}
