// Allocations that fail on purpose, in the programs that link this. Each thread has its own.
#pragma once

#include <cstdint>

namespace sockwatch::test {

/// While it lives, the n-th allocation of this thread fails, counted from 1; those before and after
/// it do not. Below sanitizers, which have a malloc() of their own, only those of C++ are counted.
class FailingAllocation {
 public:
  explicit FailingAllocation(std::uint64_t n);
  ~FailingAllocation();
  FailingAllocation(const FailingAllocation&) = delete;
  FailingAllocation& operator=(const FailingAllocation&) = delete;

  /// Whether there were so many.
  bool happened() const;
};

/// While it lives, the allocations of this thread neither fail nor count: those of a test's own.
class UncountedAllocations {
 public:
  UncountedAllocations();
  ~UncountedAllocations();
  UncountedAllocations(const UncountedAllocations&) = delete;
  UncountedAllocations& operator=(const UncountedAllocations&) = delete;

 private:
  std::uint64_t kept_;
};

}  // namespace sockwatch::test
