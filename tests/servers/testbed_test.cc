// The C++ side of the test bed. What each fault does to the servers is proved by mailbed_test.
#include <csignal>

#include "tests/catch.h"
#include "tests/servers/mail_bed.h"
#include "tests/servers/process.h"

using namespace mailcanary::testbed;
using namespace std::chrono_literals;

TEST_CASE("a program's output, exit code and input are kept") {
  const auto done = run_program({{"sh", "-c", "cat; echo oops >&2; exit 3"}, "hello", {}, {}});
  CHECK(done.how == Finished::How::exited);
  CHECK(done.exit_code == 3);
  CHECK(done.out == "hello");
  CHECK(done.err == "oops\n");
}

TEST_CASE("a program gets the environment and the directory it is given") {
  const auto done = run_program({{"sh", "-c", "echo $CANARY; pwd"}, {}, {"CANARY=yellow"}, "/"});
  CHECK(done.out == "yellow\n/\n");
}

TEST_CASE("a program that takes too long is killed") {
  const auto done = run_program({{"sleep", "60"}, {}, {}, {}}, 50ms);
  CHECK(done.how == Finished::How::timed_out);
  CHECK(done.exit_code == 128 + SIGKILL);
}

TEST_CASE("a program that does not exist says so") {
  const auto done = run_program({{"/does/not/exist"}, {}, {}, {}});
  CHECK(done.exit_code == 127);
  CHECK(done.err == "cannot start /does/not/exist: No such file or directory\n");
}

TEST_CASE("a program in the background can be watched and signalled") {
  Process process({{"sh", "-c", "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.01; done"}, {}, {}, {}});
  REQUIRE(process.wait_for_output("ready", 10s) == Process::Seen::yes);
  CHECK_FALSE(process.wait(0ms).has_value());
  process.signal(SIGTERM);
  const auto done = process.wait(10s);
  REQUIRE(done.has_value());
  CHECK(done->exit_code == 7);
  CHECK(done->out == "ready\nbye\n");
  CHECK(process.wait_for_output("never", 10s) == Process::Seen::no);
}

TEST_CASE("a mail bed takes mail in, stores it and tells when it arrived") {
  MailBed bed({{"shop", "watch"}, 3});
  CHECK(bed.accounts() == std::vector<std::string>{"shop", "watch", "a001"});
  CHECK(std::filesystem::exists(bed.ca()));
  CHECK(std::filesystem::exists(bed.configuration()));
  CHECK(std::filesystem::exists(bed.mesh_configuration()));

  const auto send = [&bed](const std::string& id) {
    return run_program({{"curl", "-sS", "--cacert", bed.ca().string(), "--url",
                         "smtps://127.0.0.1:" + std::to_string(bed.smtps_port()), "--user",
                         bed.address("shop") + ":" + bed.password("shop"), "--mail-from", bed.address("shop"),
                         "--mail-rcpt", bed.address("watch"), "-T", "-"},
                        "Message-ID: <" + id + ">\r\n\r\nhello\r\n",
                        {},
                        {}})
        .exit_code;
  };
  CHECK(send("one@test") == 0);
  const auto first = bed.wait_for_arrivals(1, 20s);
  REQUIRE(first.size() == 1);
  CHECK(first[0].message_id == "one@test");
  CHECK(first[0].address == bed.address("watch"));
  CHECK(first[0].folder == "INBOX");
  CHECK(first[0].at > std::chrono::sys_days(std::chrono::year(2024) / 1 / 1));

  bed.junk(bed.address("watch"));
  CHECK(send("two@test") == 0);
  const auto second = bed.wait_for_arrivals(2, 20s);
  REQUIRE(second.size() == 2);
  CHECK(second[1].message_id == "two@test");
  CHECK(second[1].folder == "Junk");

  bed.refuse(bed.address("watch"));
  CHECK(send("three@test") == 55);
  bed.accept(bed.address("watch"));
  bed.stop_postfix();
  CHECK(send("four@test") == 7);
  bed.start_postfix();
  CHECK(send("five@test") == 0);
}

TEST_CASE("a mail bed leaves nothing behind") {
  std::filesystem::path directory;
  {
    MailBed bed;
    directory = bed.directory();
    CHECK(std::filesystem::exists(directory));
  }
  CHECK_FALSE(std::filesystem::exists(directory));
}
