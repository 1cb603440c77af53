#include "tests/places.h"

namespace mailcanary::testbed {

std::filesystem::path source_folder() { return MAILCANARY_SOURCE_DIR; }
std::string program_under_test() { return MAILCANARY_PROGRAM; }

}  // namespace mailcanary::testbed
