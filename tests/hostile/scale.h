// How much the hostile and the fault tests do: little enough for every change, or, with
// SOCKWATCH_SCALE=full in the environment, all that is promised (tools/heavy). Any thread.
#pragma once

#include <cstdlib>
#include <string_view>

namespace sockwatch::test {

inline bool full_scale() {
  const char* scale = std::getenv("SOCKWATCH_SCALE");
  return scale != nullptr && std::string_view(scale) == "full";
}

inline int scaled(int plain, int full) {
  return full_scale() ? full : plain;
}

}  // namespace sockwatch::test
