// For how long each UDP socket has been seen without a break. Threads: one.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstdint>

#include "support/clock.h"

namespace sockwatch {

class UdpAges {
 public:
  /// Notes a socket of the dump that is under way; 0 at first sight.
  std::chrono::nanoseconds age(std::uint64_t cookie, MonotonicTime now);
  /// Whether a socket that was noted has been there since the first dump, or the one under way at
  /// restart().
  bool was_in_first_dump(std::uint64_t cookie) const;
  /// The dump under way is the first one of another source: it knows all sockets by other cookies.
  void restart() { first_dump_ = dump_; }
  /// The dump is complete: forgets sockets that the last two did not have.
  void end_dump();

 private:
  struct Seen {
    MonotonicTime first;
    std::uint64_t first_dump = 0;
    std::uint64_t last_dump = 0;
  };
  std::uint64_t dump_ = 1;  // under way
  std::uint64_t first_dump_ = 1;
  boost::unordered_flat_map<std::uint64_t, Seen> by_cookie_;
};

}  // namespace sockwatch
