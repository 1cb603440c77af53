// What a scan makes of files that cannot be read at the moment: this program's open() stands before the system's.
#include "probes/maildir_scan.h"

#include <dlfcn.h>
#include <fcntl.h>

#include <cerrno>
#include <cstdarg>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/catch.h"
#include "tests/probes/imap_dialogue.h"

using namespace mailcanary;
namespace fs = std::filesystem;

namespace {

// Called before a file is opened; what it returns is the errno with which open() fails, 0 for none.
std::function<int(const std::string& path)> before_open;

struct ScanTest {
  ScanTest() {
    std::string name = (fs::temp_directory_path() / "mailcanary-scan-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root = name;
    for (const char* part : {"new", "cur"}) fs::create_directories(root / part);
    options.path = root.string();
    options.by = ReadBy{test_key, "", std::nullopt};
  }
  ~ScanTest() {
    before_open = nullptr;
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  void deliver(const std::string& name) const {
    std::ofstream(root / name, std::ios::binary) << signed_canary().header;
  }

  fs::path root;
  MaildirOptions options;
};

}  // namespace

extern "C" int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  if (const int failure = before_open ? before_open(path) : 0; failure != 0) {
    errno = failure;
    return -1;
  }
  return ::openat(AT_FDCWD, path, flags, mode);
}

TEST_CASE("a canary that gets another name between the listing of a folder and its reading is found") {
  struct Row {
    const char *listed, *renamed;
  };
  const Row rows[] = {{"new/1.a.host", "cur/1.a.host:2,"}, {"cur/1.a.host:2,", "cur/1.a.host:2,S"}};
  for (const auto& row : rows) {
    CAPTURE(row.listed, row.renamed);
    const ScanTest test;
    MaildirScan scan(test.options);
    test.deliver(row.listed);
    before_open = [&](const std::string& path) {
      if (path == test.root / row.listed) fs::rename(test.root / row.listed, test.root / row.renamed);
      return 0;
    };
    const auto first = scan.scan(test_noon);
    const auto second = scan.scan(test_noon);
    CHECK_FALSE(first.failure);
    CHECK(first.found.size() + second.found.size() == 1);
    CHECK(scan.scan(test_noon).found.empty());
  }
}

TEST_CASE("a file that cannot be read now is said, keeps nobody from the others, and is read when it can be") {
  for (const int number : {EMFILE, EIO}) {
    CAPTURE(number);
    const ScanTest test;
    MaildirScan scan(test.options);
    test.deliver("new/1.a.host");
    test.deliver("cur/2.b.host:2,");
    before_open = [&](const std::string& path) { return path == test.root / "new/1.a.host" ? number : 0; };
    const auto first = scan.scan(test_noon);
    REQUIRE(first.failure);
    CHECK(first.failure->message.starts_with("read " + test.options.path + "/new/1.a.host: "));
    CHECK_FALSE(first.complete);
    CHECK(first.found.size() == 1);
    before_open = nullptr;
    const auto second = scan.scan(test_noon);
    CHECK(second.complete);
    CHECK(second.found.size() == 1);
  }
}
