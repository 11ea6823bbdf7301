// What is sampled: this machine, or a recording of one.
#pragma once

#include <string>

#include "kernel/system.h"
#include "support/result.h"

namespace sockwatch {

struct Machine {
  kernel::System system;
  std::string replayed;  // "FILE: recorded TIME on Linux RELEASE"; "" for this machine
};

/// `recording`: the path of a file, "" for this machine.
Result<Machine> open_machine(const std::string& recording);

}  // namespace sockwatch
