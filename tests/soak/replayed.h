// The sampler on recorded bytes of several populations in turn: sockets, listeners and processes
// come and go, netlink fails now and then. Needs root to record them. Threads: one.
#pragma once

#include "soak/watch.h"

namespace sockwatch::test {

/// Whether the process held its own: Watch::is_steady().
bool soak_replayed(const SoakPlan& plan);

}  // namespace sockwatch::test
