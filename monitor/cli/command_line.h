// The command line of the design (§5), one row a command in command_line.cc.
#pragma once

namespace mailcanary {

// Parses, runs and returns the exit code: 0 done, 1 the work failed or found fault, 2 wrong use or configuration;
// `check` has the codes of monitoring plugins instead (0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN).
int run_command_line(int argc, char** argv);

}  // namespace mailcanary
