// Why processes could not be read while the owners of sockets were searched. Plain data.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sockwatch {

enum class ReadError : std::uint8_t {
  gone,         // it ended meanwhile
  permission,   // its descriptors may not be read
  descriptors,  // the daemon has none left to read it with
  other
};
inline constexpr std::array<std::string_view, 4> kReadErrorNames = {"gone", "permission",
                                                                    "descriptors", "other"};

/// Of an errno.
ReadError read_error_of(int code);

/// Processes, by ReadError; one counts once in a search.
struct ReadErrors {
  std::array<std::uint64_t, kReadErrorNames.size()> counts{};

  std::uint64_t& operator[](ReadError error) { return counts[static_cast<std::size_t>(error)]; }
  std::uint64_t operator[](ReadError error) const {
    return counts[static_cast<std::size_t>(error)];
  }
  void add(const ReadErrors& others) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += others.counts[i];
  }
  bool operator==(const ReadErrors&) const = default;
};

}  // namespace sockwatch
