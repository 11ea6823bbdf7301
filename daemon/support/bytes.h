// Reads of foreign bytes that cannot leave their bounds and need no alignment.
#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

namespace sockwatch {

using Bytes = std::span<const std::byte>;

/// The T at `offset`, or nothing when the bytes end before it does.
template <typename T>
requires std::is_trivially_copyable_v<T> std::optional<T> read_at(Bytes bytes, std::size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

template <typename T>
requires std::is_trivially_copyable_v<T> Bytes bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

}  // namespace sockwatch
