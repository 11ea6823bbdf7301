#include "settings/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace sockwatch {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t milliseconds;
};
constexpr std::array<Unit, 4> kUnits = {{{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Removes and returns what `text` begins with as long as `belongs` holds.
template <typename Predicate>
std::string_view take_while(std::string_view& text, Predicate belongs) {
  const auto end = std::find_if_not(text.begin(), text.end(), belongs);
  const std::string_view taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(taken.size());
  return taken;
}

}  // namespace

std::optional<std::uint64_t> parse_whole_number(std::string_view text) {
  constexpr std::size_t kDigitsThatFit = 18;
  if (text.empty() || text.size() > kDigitsThatFit) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::optional<Milliseconds> parse_duration(std::string_view text) {
  constexpr std::uint64_t kMost = 1'000'000'000;  // of any unit: sums stay far from overflow
  if (text.empty()) return std::nullopt;
  std::uint64_t sum = 0;
  auto allowed = kUnits.begin();
  while (!text.empty()) {
    const auto number = parse_whole_number(take_while(text, is_digit));
    const std::string_view name = take_while(text, [](char c) { return !is_digit(c); });
    const auto unit = std::find_if(
        allowed, kUnits.end(), [name](const Unit& candidate) { return candidate.name == name; });
    if (!number || *number > kMost || unit == kUnits.end()) return std::nullopt;
    sum += *number * unit->milliseconds;
    allowed = unit + 1;
  }
  return Milliseconds(sum);
}

std::optional<double> parse_percent(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  std::string_view fraction = text;
  if (parse_whole_number(take_while(fraction, is_digit)) == std::nullopt) return std::nullopt;
  const bool whole = fraction.empty();
  const bool decimal = fraction.size() > 1 && fraction[0] == '.' &&
                       std::all_of(fraction.begin() + 1, fraction.end(), is_digit);
  if (!whole && !decimal) return std::nullopt;
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string duration_text(Milliseconds duration) {
  auto left = static_cast<std::uint64_t>(duration.count());
  if (left == 0) return "0s";
  std::string text;
  for (const Unit& unit : kUnits) {
    const std::uint64_t count = left / unit.milliseconds;
    left %= unit.milliseconds;
    if (count > 0) text += std::to_string(count) + std::string(unit.name);
  }
  return text;
}

}  // namespace sockwatch
