// A canary as lines for people. Pure.
#pragma once
#include <string>

#include "probes/canary.h"

namespace mailcanary {

std::string verdicts_text(const Verdicts& verdicts);  // none to two lines, each with its line break
std::string history_line(const Canary& canary);  // one line
std::string trace_text(const Canary& canary);    // everything known, with bars for the stages

}  // namespace mailcanary
