// Whole outputs compared with files in tests/alerts/golden/.
// To renew them after a wanted change: MAILCANARY_RENEW_GOLDEN=1 alerts_tests, then read the difference in git.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/files.h"
#include "tests/catch.h"
#include "tests/places.h"

namespace mailcanary {

inline void check_golden(const std::string& name, const std::string& actual) {
  const auto path = testbed::source_folder() / "tests/alerts/golden" / name;
  if (std::getenv("MAILCANARY_RENEW_GOLDEN") != nullptr) {
    std::filesystem::create_directories(path.parent_path());
    REQUIRE(write_file_atomically(path, actual, FileMode::world_readable));
  }
  const auto expected = read_file(path);
  INFO(path.string());
  REQUIRE(expected);
  CHECK(*expected == actual);
}

}  // namespace mailcanary
