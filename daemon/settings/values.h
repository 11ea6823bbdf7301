// The notations of single values: durations, percentages, whole numbers. Nothing in a document says
// of which type a text is; the setting that it is given to does.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sockwatch {

template <typename T>
struct Range {
  T least;
  T most;

  bool contains(const T& value) const { return least <= value && value <= most; }
};

using Milliseconds = std::chrono::milliseconds;

/// Decimal digits without sign, spaces or leading zeros; at most 18 of them.
std::optional<std::uint64_t> parse_whole_number(std::string_view text);

/// "1h", "1m30s", "500ms": whole numbers with units from large to small, each unit at most once.
std::optional<Milliseconds> parse_duration(std::string_view text);

/// "5%" or "0.5%" → 5 or 0.5.
std::optional<double> parse_percent(std::string_view text);

/// The notation that parse_duration() reads.
std::string duration_text(Milliseconds duration);

}  // namespace sockwatch
