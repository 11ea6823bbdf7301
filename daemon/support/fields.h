// Blank-separated fields of one line, as the tables of /proc have them. Pure; fields point into the
// line.
#pragma once

#include <algorithm>
#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace sockwatch {

class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line) {}

  /// The next field; "" when there is none.
  std::string_view next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    const std::string_view field = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(field.size());
    return field;
  }
  void skip(int fields) {
    while (fields-- > 0) next();
  }
  /// What follows the fields taken so far, with its blank.
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// A field that is nothing but a number of its type's range; digits only, no sign, no prefix.
template <std::unsigned_integral T>
std::optional<T> number(std::string_view field, int base = 10) {
  T value = 0;
  const char* end = field.data() + field.size();
  const auto parsed = std::from_chars(field.data(), end, value, base);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return value;
}

}  // namespace sockwatch
