// YAML text → a plain tree with places. What could exhaust memory or stack, or read differently in
// another parser, is refused while it is read: nothing hostile is ever built.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings/errors.h"

namespace sockwatch {

inline constexpr std::size_t kMaxYamlDepth = 32;     // lists and maps in each other
inline constexpr std::size_t kMaxYamlNodes = 50000;  // keys and values in all

struct YamlNode {
  enum class Kind { null, scalar, list, map };

  Kind kind = Kind::null;
  Place place;
  std::string text;                // of a scalar; quotes leave no trace
  std::vector<YamlNode> children;  // of a list its items; of a map key, value, key, value, ...
};

/// The one document in `text`, an empty one as a null node. Nothing when an error was added; there
/// is at most one, since the parser cannot go on behind it. Never throws.
std::optional<YamlNode> parse_yaml(std::string_view text, Errors& errors);

}  // namespace sockwatch
