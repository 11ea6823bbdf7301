// The words that stand for values, the same in a file and on the command line.
#pragma once

#include <array>
#include <string_view>

#include "settings/settings.h"

namespace sockwatch {

template <typename T>
struct Named {
  std::string_view name;
  T value;
};

/// Whether all network namespaces are meant.
inline constexpr std::array<Named<bool>, 2> kNamespaces = {{
    {"host", false},
    {"all", true},
}};

inline constexpr std::array<Named<Source>, 3> kSources = {{
    {"auto", Source::automatic},
    {"netlink", Source::netlink},
    {"procfs", Source::procfs},
}};

inline constexpr std::array<Named<LogLevel>, 4> kLogLevels = {{
    {"debug", LogLevel::debug},
    {"info", LogLevel::info},
    {"warning", LogLevel::warning},
    {"error", LogLevel::error},
}};

inline constexpr std::array<Named<LogFormat>, 2> kLogFormats = {{
    {"text", LogFormat::text},
    {"json", LogFormat::json},
}};

template <typename T, std::size_t N>
constexpr std::array<std::string_view, N> names_of(const std::array<Named<T>, N>& choices) {
  std::array<std::string_view, N> names;
  for (std::size_t i = 0; i < N; ++i) names[i] = choices[i].name;
  return names;
}

}  // namespace sockwatch
