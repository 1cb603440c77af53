#include "core/files.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/catch.h"

using namespace mailcanary;
namespace fs = std::filesystem;

namespace {

// A folder that goes away with the test.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "mailcanary-files-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  fs::path operator/(const char* name) const { return path_ / name; }
  const fs::path& path() const { return path_; }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
  }

 private:
  fs::path path_;
};

void put(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777u;
}

}  // namespace

TEST_CASE("a file is read whole, bytes as they are") {
  const Folder folder;
  std::string bytes(200'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  put(folder / "f", bytes);
  const auto read = read_file(folder / "f");
  REQUIRE(read);
  CHECK(*read == bytes);
  put(folder / "empty", "");
  CHECK(read_file(folder / "empty").value().empty());
}

TEST_CASE("a file longer than the limit is an error, one just as long is not") {
  const Folder folder;
  put(folder / "f", "12345");
  CHECK(read_file(folder / "f", 5).value() == "12345");
  const auto longer = read_file(folder / "f", 4);
  REQUIRE_FALSE(longer);
  CHECK(longer.error().kind == ErrorKind::invalid_input);
  CHECK(longer.error().message == "read " + (folder / "f").string() + ": longer than 4 bytes");
  CHECK_FALSE(read_file("/dev/zero", 1000));
}

TEST_CASE("errors name the path and the system's reason") {
  const Folder folder;
  const auto missing = read_file(folder / "none");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::not_found);
  CHECK(missing.error().message == "open " + (folder / "none").string() + ": no such file or directory");
  const auto directory = read_file(folder.path());
  REQUIRE_FALSE(directory);
  CHECK(directory.error().kind == ErrorKind::io);
  CHECK(directory.error().message == "read " + folder.path().string() + ": is a directory");
}

TEST_CASE("a written file has its bytes and its mode whatever the umask, and nothing is left beside it") {
  const Folder folder;
  const mode_t before = umask(0077);
  const auto page = write_file_atomically(folder / "page", "hello", FileMode::world_readable);
  umask(0);
  const auto key = write_file_atomically(folder / "key", "secret", FileMode::owner_only);
  umask(before);
  CHECK(page);
  CHECK(key);
  CHECK(mode_of(folder / "page") == 0644);
  CHECK(mode_of(folder / "key") == 0600);
  CHECK(read_file(folder / "page").value() == "hello");

  CHECK(write_file_atomically(folder / "page", "shorter", FileMode::owner_only));
  CHECK(read_file(folder / "page").value() == "shorter");
  CHECK(mode_of(folder / "page") == 0600);
  CHECK(folder.entries() == 2);
}

TEST_CASE("a reader that has the old file open keeps the whole old file") {
  const Folder folder;
  put(folder / "f", "old old old");
  std::ifstream reader(folder / "f");
  REQUIRE(write_file_atomically(folder / "f", "new", FileMode::world_readable));
  CHECK(std::string(std::istreambuf_iterator<char>(reader), {}) == "old old old");
  CHECK(read_file(folder / "f").value() == "new");
}

TEST_CASE("a failed write leaves the old file and no leftovers") {
  const Folder folder;
  CHECK_FALSE(write_file_atomically(folder / "none" / "f", "x", FileMode::owner_only));
  fs::create_directories(folder / "taken" / "inside");
  const auto onto_folder = write_file_atomically(folder / "taken", "x", FileMode::owner_only);
  REQUIRE_FALSE(onto_folder);
  CHECK(onto_folder.error().message == "write " + (folder / "taken").string() + ": is a directory");
  CHECK(folder.entries() == 1);
}

TEST_CASE("a lock is held by one and free again when its holder lets go") {
  const Folder folder;
  {
    const auto held = FileLock::acquire(folder / "lock");
    REQUIRE(held);
    const auto second = FileLock::acquire(folder / "lock");
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::busy);
    CHECK(second.error().message ==
          "lock " + (folder / "lock").string() + ": held by process " + std::to_string(getpid()));
  }
  CHECK(FileLock::acquire(folder / "lock"));
}

TEST_CASE("a lock moves with its object") {
  const Folder folder;
  auto first = FileLock::acquire(folder / "lock");
  REQUIRE(first);
  auto other = FileLock::acquire(folder / "other");
  REQUIRE(other);
  *other = std::move(*first);
  CHECK_FALSE(FileLock::acquire(folder / "lock"));
  CHECK(FileLock::acquire(folder / "other"));
}

TEST_CASE("the lock of a killed process is free") {
  const Folder folder;
  const fs::path path = folder / "lock";
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto held = FileLock::acquire(path);
    const char answer = held ? 'y' : 'n';
    if (write(ready[1], &answer, 1) == 1) pause();
    _exit(0);
  }
  char answer = 0;
  REQUIRE(read(ready[0], &answer, 1) == 1);
  CHECK(answer == 'y');
  const auto refused = FileLock::acquire(path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "lock " + path.string() + ": held by process " + std::to_string(child));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(FileLock::acquire(path));
  close(ready[0]);
  close(ready[1]);
}

TEST_CASE("locking never overwrites a file that is no lock file") {
  const Folder folder;
  put(folder / "ledger.db", "precious");
  CHECK(FileLock::acquire(folder / "ledger.db"));
  CHECK(read_file(folder / "ledger.db").value() == "precious");
}
