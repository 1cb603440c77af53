// Does a program print what a page shows? Times, durations, ids, hosts and ports differ from run to run, so they count
// as equal; `…` stands for any text in a line, and alone in a line for any lines.
// Pure; any thread.
#pragma once
#include <string>
#include <vector>

namespace mailcanary::docs {

struct Exchange {
  std::string command;             // "mailcanary status"; lines that end in a backslash are joined
  std::vector<std::string> shown;  // what the page says it prints
};
// A console block: lines with "$ " are commands, the others what they print.
std::vector<Exchange> exchanges_of(const std::vector<std::string>& block);

// Times become TIME, ids ID and so on; runs of spaces become one.
std::string normal_form(const std::string& line);
enum class Match { yes, no };
Match compare(const std::vector<std::string>& shown, const std::vector<std::string>& printed);

}  // namespace mailcanary::docs
