// How rows name a network namespace. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sockwatch {

/// Index into the `namespaces` of what holds it.
using NamespaceIndex = std::uint16_t;

/// The daemon's own.
inline constexpr NamespaceIndex kOwnNamespace = 0;
/// Stands for all that have no name of their own.
inline constexpr NamespaceIndex kOtherNamespace = 1;
/// What every list of names begins with.
inline const std::vector<std::string> kFirstNamespaces = {"host", "other"};

/// Where the rest of this namespace's rows is counted: all but the host's share one.
constexpr NamespaceIndex folded(NamespaceIndex netns) {
  return netns == kOwnNamespace ? netns : kOtherNamespace;
}

}  // namespace sockwatch
