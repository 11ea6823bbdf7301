// What this process uses of the machine. Any thread.
#pragma once

#include <cstddef>

namespace sockwatch::test {

/// AddressSanitizer keeps freed memory back, so that memory in use says nothing under it.
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kMemoryIsMeasurable = false;
#else
inline constexpr bool kMemoryIsMeasurable = true;
#endif

/// Bytes that are allocated and not freed. Exact.
std::size_t heap_in_use();
/// Bytes of memory that the kernel keeps for this process, after what is free was given back.
std::size_t resident_bytes();
std::size_t open_descriptors();

}  // namespace sockwatch::test
