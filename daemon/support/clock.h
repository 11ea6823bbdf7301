// The two clocks. Durations, deadlines and ages use the monotonic one; the wall clock appears only
// in exported timestamps. Only app/ reads them (now()); everything else takes Now as an argument.
#pragma once

#include <chrono>

namespace sockwatch {

using MonotonicTime = std::chrono::steady_clock::time_point;  // CLOCK_MONOTONIC
using WallTime = std::chrono::system_clock::time_point;

struct Now {
  MonotonicTime monotonic;
  WallTime wall;
};

inline double unix_seconds(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace sockwatch
