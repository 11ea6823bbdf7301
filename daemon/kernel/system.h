// All that the daemon asks of the machine. A recording, or a test, brings its own.
#pragma once

#include <chrono>
#include <memory>

#include "kernel/channel.h"
#include "kernel/directory.h"
#include "support/result.h"

namespace sockwatch::kernel {

struct System {
  OpenChannel netlink;
  std::shared_ptr<const Directory> proc;  // /proc
  std::shared_ptr<const Directory> etc;   // /etc, for passwd
};

/// The machine itself; netlink replies are waited for no longer than `timeout`. An error when /proc
/// cannot be opened.
Result<System> real_system(std::chrono::milliseconds timeout);

}  // namespace sockwatch::kernel
