// A histogram of durations with fixed bounds, as Prometheus counts them. Plain data.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace sockwatch {

struct Histogram {
  // Seconds; from an idle host's listener dump to a million sockets.
  static constexpr std::array<double, 12> kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                     0.01,   0.025,   0.1,    0.5,   2,      10};

  std::array<std::uint64_t, kBounds.size() + 1> counts{};  // not cumulative; the last is +Inf
  double sum = 0;                                          // seconds

  void observe(std::chrono::nanoseconds duration) {
    const double seconds = std::chrono::duration<double>(duration).count();
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && seconds > kBounds[bucket]) ++bucket;
    ++counts[bucket];
    sum += seconds;
  }
};

}  // namespace sockwatch
