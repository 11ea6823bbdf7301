// Another program, run to its end. It starts in the network namespace of the calling thread. Any
// thread.
#pragma once

#include <string>
#include <vector>

namespace sockwatch::test {

/// What the program printed on standard output. `words` is the program, looked up in the bin and
/// sbin folders, and its arguments. Throws std::runtime_error with the command line and all that it
/// printed when it cannot be started, fails, or is not done after kPatience (it is then killed).
std::string run_command(const std::vector<std::string>& words);

}  // namespace sockwatch::test
