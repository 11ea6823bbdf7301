// The program behind main(): one command line to one exit status.
#pragma once

#include <string>
#include <vector>

namespace sockwatch {

/// 0 success, 1 run-time failure, 2 bad command line or configuration.
int run_program(std::vector<std::string> arguments);

}  // namespace sockwatch
