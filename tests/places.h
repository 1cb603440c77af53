// Where the sources and the program under test are. In one object file of its own, so that no other has a path of the
// build machine in its command line: a compiler cache then serves all clones of the project alike.
#pragma once
#include <filesystem>
#include <string>

namespace mailcanary::testbed {

std::filesystem::path source_folder();
std::string program_under_test();  // build/PRESET/mailcanary

}  // namespace mailcanary::testbed
