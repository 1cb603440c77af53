#include "monitor/cli/command_line.h"

int main(int argc, char** argv) { return mailcanary::run_command_line(argc, argv); }
