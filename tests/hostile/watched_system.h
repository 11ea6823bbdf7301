// A system that passes every question on to another one, counts what goes through, and lets a test
// act right before any of them. Threads: one.
#pragma once

#include <cstddef>
#include <functional>

#include "kernel/system.h"

namespace sockwatch::test {

struct Watch {
  std::function<void()> before_question = [] {};
  std::size_t questions = 0;  // to directories, and to netlink
  std::size_t datagrams = 0;  // that netlink answered with
};

/// `watch` outlives what this returns.
kernel::System watched(kernel::System system, Watch& watch);

}  // namespace sockwatch::test
