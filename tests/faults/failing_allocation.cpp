#include "faults/failing_allocation.h"

#include <cerrno>
#include <cstdlib>
#include <new>
#include <utility>

namespace {

thread_local std::uint64_t until_failure = 0;  // 0: none is wanted, or it was there

/// Whether this is the one.
bool fails() {
  return until_failure != 0 && --until_failure == 0;
}

}  // namespace

namespace sockwatch::test {

FailingAllocation::FailingAllocation(std::uint64_t n) {
  until_failure = n;
}

FailingAllocation::~FailingAllocation() {
  until_failure = 0;
}

bool FailingAllocation::happened() const {
  return until_failure == 0;
}

UncountedAllocations::UncountedAllocations() : kept_(std::exchange(until_failure, 0)) {}

UncountedAllocations::~UncountedAllocations() {
  until_failure = kept_;
}

}  // namespace sockwatch::test

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return fails() ? nullptr : std::malloc(size);
}
void* operator new(std::size_t size) {
  void* memory = operator new(size, std::nothrow);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new[](std::size_t size) {
  return operator new(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return operator new(size, std::nothrow);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

#else

// glibc's own, below the names that this program takes over for itself and its libraries.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);

void* malloc(std::size_t size) {
  if (!fails()) return __libc_malloc(size);
  errno = ENOMEM;
  return nullptr;
}

void* calloc(std::size_t count, std::size_t size) {
  if (!fails()) return __libc_calloc(count, size);
  errno = ENOMEM;
  return nullptr;
}

void* realloc(void* memory, std::size_t size) {
  if (!fails()) return __libc_realloc(memory, size);
  errno = ENOMEM;
  return nullptr;
}
}

#endif
