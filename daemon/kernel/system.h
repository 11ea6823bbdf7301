// All that the daemon asks of the machine. A recording, or a test, brings its own.
#pragma once

#include <memory>

#include "kernel/channel.h"
#include "kernel/directory.h"
#include "kernel/namespace_door.h"
#include "support/result.h"

namespace sockwatch::kernel {

struct System {
  OpenChannel netlink;
  std::shared_ptr<const Directory> proc;  // /proc
  std::shared_ptr<const Directory> etc;   // /etc, for passwd
  OpenNamespaces open_namespaces = {};    // none: only our own namespace can be seen
};

/// The machine itself. An error when /proc cannot be opened.
Result<System> real_system();

}  // namespace sockwatch::kernel
