// Mailboxes of real bounces: nothing in them is changed, only what is new is counted, and what is read twice says so by
// its mark.
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "tests/catch.h"
#include "tests/probes/imap_inbox_fixture.h"
#include "tests/probes/real_bounces.h"

using namespace mailcanary;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const std::string one = report("1", full), two = report("2", unknown);
std::string header_of(const std::string& message) { return message.substr(0, message.find("\r\n\r\n") + 4); }

void count_from(InboxOptions& options, WallTime since) {
  options.account.bounces = true;
  options.count_from = since;
}

std::string examined(std::uint32_t exists, std::uint32_t uid_validity, std::uint32_t uid_next) {
  return "C: $tag EXAMINE \"INBOX\"\n" + select_answer(exists, uid_validity, uid_next);
}
std::string whole(std::uint32_t uid, const std::string& message) {
  return "C: $tag UID FETCH " + std::to_string(uid) + " (UID BODY.PEEK[]<0.65536>)\n" + fetched(uid, "BODY[]<0>", message) + done;
}

struct CountingInbox : InboxTest {
  explicit CountingInbox(std::vector<std::string> dialogues) : InboxTest(std::move(dialogues)) { count_from(options, test_noon); }
};

}  // namespace

TEST_CASE("the first look at an IMAP mailbox of bounces starts from now, however many are there") {
  CountingInbox test({imap_hello("IDLE") + examined(100'000, 7, 100'001) + no_junk});
  test.options.since = test_noon - 24h;
  const auto report = test.next();
  CHECK(report.looked_at == test_noon);
  CHECK(report.traffic.empty());
  CHECK(cursor_of(report, "INBOX") == "7:100001");
  CHECK(test.complaints() == none);
}

TEST_CASE("every new message of an IMAP mailbox of bounces is read without marking it, and real bounces are counted") {
  CountingInbox test({imap_hello("IDLE") + examined(3, 7, 14) + "C: $tag UID FETCH 11:13 " + header_items + fetched_header(11, header_of(one)) +
                      fetched_header(12, foreign_header) + fetched_header(13, header_of(two)) + done + whole(11, one) +
                      whole(12, foreign_header + "at noon?\r\n") + whole(13, two) + no_junk});
  test.options.cursors = {{"INBOX", 7, 11}};
  const auto report = test.next();
  CHECK(words(report.traffic) == "full.example mailboxfull soft 1 | gone.example userunknown hard 1");
  CHECK(report.traffic[0].arrived_at == test_noon);
  CHECK(cursor_of(report, "INBOX") == "7:14");
  CHECK(report.sightings.empty());
  CHECK(test.complaints() == none);
}

TEST_CASE("after another UIDVALIDITY what came since the last look is read again, and nothing from before the watch") {
  const auto fetched_at = [](std::uint32_t uid, const std::string& message, const std::string& date) {
    return fetched(uid, "BODY[HEADER]<0>", header_of(message), date);
  };
  CountingInbox test({imap_hello("IDLE") + examined(2, 8, 3) + "C: $tag UID SEARCH UID 1:2 SINCE 23-Nov-2026\nS: * SEARCH 1 2\n" + done +
                      "C: $tag UID FETCH 1:2 " + header_items + fetched_at(1, one, "24-Nov-2026 11:59:59 +0000") +
                      fetched_at(2, two, "24-Nov-2026 12:00:00 +0000") + done + whole(1, one) + whole(2, two) + no_junk});
  test.options.cursors = {{"INBOX", 7, 11}};
  test.options.since = test_noon - 1h;
  const auto report = test.next();
  CHECK(words(report.traffic) == "gone.example userunknown hard 1");
  CHECK(cursor_of(report, "INBOX") == "8:3");
  CHECK(test.complaints() == none);
}

// ---- POP3 -----------------------------------------------------------------------------------------------------------

namespace {

const std::string login = "S: +OK fake\nC: CAPA\nS: +OK\nS: USER\nS: .\n";
const std::string capabilities = "C: CAPA\nS: +OK\nS: TOP\nS: UIDL\nS: .\n";
const std::string quit = "C: QUIT\nS: +OK bye\n";
std::string top(int number, const std::string& text, int lines) {
  std::string steps = "C: TOP " + std::to_string(number) + " " + std::to_string(lines) + "\nS: +OK\n";
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find("\r\n", at), text.size());
    steps += "S: " + text.substr(at, end - at) + "\n";
    at = end + 2;
  }
  return steps + "S: .\n";
}

}  // namespace

TEST_CASE("a POP3 mailbox of bounces is counted from the end, with TOP alone, and never deleted from") {
  ServedInbox test(make_pop3_inbox, {login + capabilities + "C: STAT\nS: +OK 1 9\nC: UIDL\nS: +OK\nS: 1 a\nS: .\n" + quit,
                                     login + "C: STAT\nS: +OK 2 9\nC: UIDL 1\nS: +OK 1 a\nC: UIDL 2\nS: +OK 2 b\n" +
                                         top(2, one, 40) + top(2, one, 1000) + quit});
  test.options.account.inbox->protocol = Protocol::pop3;
  count_from(test.options, test_noon - 1min);
  test.options.since = test_noon;
  CHECK(test.next().traffic.empty());
  test.inbox().look_now();
  const auto report = test.next();
  REQUIRE(words(report.traffic) == "full.example mailboxfull soft 1");
  CHECK(report.traffic[0].arrived_at == test_noon - 30s);
  CHECK(test.complaints() == none);
}

// ---- Maildir --------------------------------------------------------------------------------------------------------

namespace {

struct BounceMaildir {
  BounceMaildir() {
    std::string name = (fs::temp_directory_path() / "mailcanary-bounces-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root = name;
    for (const char* part : {"new", "cur", "tmp"}) fs::create_directories(root / part);
    options = inbox_options(1);
    options.account.inbox = Endpoint{Protocol::maildir, Transport::local, {}, 0, name};
    count_from(options, loop.now().wall);
    options.since = loop.now().wall - 1h;
  }
  ~BounceMaildir() {
    inbox_.reset();
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  void put(const std::string& file, const std::string& text) { std::ofstream(root / file, std::ios::binary) << text; }
  InboxReport next() {
    if (!inbox_) inbox_ = make_inbox(loop, options).value();
    inbox_->look_now();
    return next_report(loop, *inbox_);
  }
  void start_anew() { inbox_.reset(); }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(root)) names.push_back(entry.path().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  fs::path root;
  EventLoop loop;
  InboxOptions options;

 private:
  std::unique_ptr<Inbox> inbox_;
};

}  // namespace

TEST_CASE("bounces in a Maildir are counted by what they are, not by what their file is called, and stay as they are") {
  BounceMaildir test;
  test.put("cur/old:2,S", report("0", full));
  fs::last_write_time(test.root / "cur/old:2,S", fs::file_time_type::clock::now() - 1h);
  test.put("new/1.a", one);
  test.put("cur/2.b:2,S", two);
  const auto before = test.files();
  const auto first = test.next();
  CHECK(words(first.traffic) == "full.example mailboxfull soft 1 | gone.example userunknown hard 1");
  CHECK(test.files() == before);

  fs::rename(test.root / "new/1.a", test.root / "cur/1.a:2,RS");
  CHECK(test.next().traffic.empty());
  fs::rename(test.root / "cur/2.b:2,S", test.root / "cur/another.name:2,S");
  const auto renamed = test.next();
  REQUIRE(renamed.traffic.size() == 1);
  CHECK(renamed.traffic[0].mark == first.traffic[1].mark);
}

TEST_CASE("one huge bounce costs a bounded read, and its beginning is what counts") {
  BounceMaildir test;
  test.put("new/huge", one + std::string(8u << 20, 'x'));
  CHECK(words(test.next().traffic) == "full.example mailboxfull soft 1");
}
