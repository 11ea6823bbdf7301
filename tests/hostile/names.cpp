#include "hostile/names.h"

#include <algorithm>
#include <charconv>
#include <random>
#include <set>

namespace sockwatch::test {
namespace {

constexpr std::size_t kLongestName = 15;  // TASK_COMM_LEN without its NUL

constexpr std::string_view kPieces[] = {
    "\"", "\\", "'", "`", "$(id)", "%s%n", " ", ",", "=", "{}", "\n", "\r", "\t", "\v", "\b",
    "\x7f", "\x1b[31m", "\x1b]0;", "\\n", "\\\\", "\\x", "\\x0a", "\\x5c", "\\\"", "other",
    "\\x6fther", "<script>", "</td>", "&amp;", "<!--", "\"} 1", "# HELP", "# TYPE", "} NaN",
    ") S 1 (",
    // Lone, overlong, surrogate, out of range, and cut in the middle.
    "\x80", "\xff", "\xfe\xff", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
    "\xc3", "\xe5\x90", "\xf0\x9f\x92",
    // Two, three and four bytes, and a line separator that is no control character.
    "\xc3\xa9", "\xe6\xbc\xa2", "\xf0\x9f\x92\xa9", "\xe2\x80\xa8", "\xef\xbb\xbf",
    // C1, then bidirectional controls.
    "\xc2\x85", "\xc2\x9b", "\xd8\x9c", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaa",
    "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9", "a", "Z", "0", "-", "_", "."};

std::string random_name(std::mt19937& random) {
  std::uniform_int_distribution<std::size_t> piece(0, std::size(kPieces) - 1);
  std::string name;
  for (auto left = std::uniform_int_distribution(1, 8)(random); left > 0; --left) {
    name += kPieces[piece(random)];
  }
  return name.substr(0, kLongestName);
}

}  // namespace

std::vector<std::string> hostile_names(std::size_t count) {
  std::vector<std::string> names;
  std::set<std::string> known;
  const auto add = [&](const std::string& name) {
    if (known.insert(name).second) names.push_back(name);
  };
  for (int byte = 1; byte < 256; ++byte) add(std::string(1, static_cast<char>(byte)));
  for (const std::string_view piece : kPieces) add(std::string(piece));
  std::mt19937 random(20'261'125);
  while (names.size() < count) add(random_name(random));
  names.resize(count);
  return names;
}

std::string without(std::string name, std::string_view forbidden) {
  std::erase_if(name, [&](char c) { return forbidden.find(c) != std::string_view::npos; });
  return name.empty() ? "-" : name;
}

std::string raw_bytes(std::string_view label) {
  std::string raw;
  while (!label.empty()) {
    unsigned value = 0;
    const char* digits = label.data() + 2;
    const bool escape = label.starts_with("\\x") && label.size() >= 4 &&
                        std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2;
    raw += escape ? static_cast<char>(value) : label[0];
    label.remove_prefix(escape ? 4 : 1);
  }
  return raw;
}

}  // namespace sockwatch::test
