// The sampler on the real kernel, in a network namespace where connections and processes come and
// go while one process keeps its own, which every sample must count. Needs root. Threads: one.
#pragma once

#include "soak/watch.h"

namespace sockwatch::test {

/// Whether this process held its own, Watch::is_steady(), and no sample missed or doubled a socket
/// of the one that keeps them.
bool soak_live(const SoakPlan& plan);

}  // namespace sockwatch::test
