// A process that opens and closes connections to itself, at most so many in a second, until it is
// destroyed. Threads: one.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "support/process.h"

namespace sockwatch::test {

class Churn {
 public:
  /// Called `churn`, in the network namespace of the calling thread. Most connections end with a
  /// reset, every eighth in order, which leaves a minisocket behind.
  explicit Churn(int connections_per_second);

  /// Connections so far, each opened, accepted and closed.
  std::uint64_t connections() const { return *connections_; }

 private:
  struct Unmap {
    void operator()(std::atomic<std::uint64_t>* counter) const;
  };

  std::unique_ptr<std::atomic<std::uint64_t>, Unmap> connections_;  // shared with the process
  std::unique_ptr<TestProcess> process_;
};

}  // namespace sockwatch::test
