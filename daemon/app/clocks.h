// The only reads of the clocks. Threads: any.
#pragma once

#include <chrono>

#include "support/clock.h"

namespace sockwatch {

Now read_clocks();

/// CLOCK_THREAD_CPUTIME_ID of the calling thread.
std::chrono::nanoseconds thread_cpu_time();

}  // namespace sockwatch
