// Each tests/config/bad/NAME.yaml holds mistakes, NAME.txt beside it every word that is said about them.
// To renew after a wanted change: MAILCANARY_RENEW_GOLDEN=1 config_tests, then read the difference in git.
#include <algorithm>
#include <string>
#include <vector>

#include "tests/config/config_folder.h"
#include "tests/places.h"

using namespace mailcanary;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> bad_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(testbed::source_folder() / "tests/config/bad"))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string said_about(const fs::path& file) {
  const ConfigFolder folder;
  const auto yaml = read_file(file);
  REQUIRE(yaml);
  const Loaded loaded = load_config(folder.put("mc.yaml", *yaml), LoadEffect::read_only);
  CHECK_FALSE(loaded.ok());
  return folder.complaints_of(loaded);
}

}  // namespace

TEST_CASE("every mistake in a config file is reported in one go, with its place and its cure") {
  const WithEnvironment password("MC_TEST", "hunter2 and more");
  const WithEnvironment brief("MC_SHORT", "hunter2");
  const WithEnvironment url("MC_TEST_URL", "https://hooks.example/hunter2");
  const auto files = bad_files();
  CHECK(files.size() >= 13);
  for (const auto& file : files) {
    INFO(file.filename().string());
    const std::string said = said_about(file);
    const auto golden = fs::path(file).replace_extension(".txt");
    if (std::getenv("MAILCANARY_RENEW_GOLDEN") != nullptr)
      REQUIRE(write_file_atomically(golden, said, FileMode::world_readable));
    const auto expected = read_file(golden);
    REQUIRE(expected);
    CHECK(said == *expected);
    CHECK(said.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a config file that is not there says so") {
  const ConfigFolder folder;
  CHECK(folder.complaints_of(load_config(folder / "none.yaml", LoadEffect::read_only)) ==
        "mc.yaml: open none.yaml: no such file or directory; give the path of the config with -c FILE\n");
}
