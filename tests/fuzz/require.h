// What a fuzz target promises of its results.
#pragma once

#include <cstdlib>
#include <string_view>

#include "support/text.h"

namespace sockwatch::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline void require_clean_text(std::string_view text) {
  require(valid_utf8_bytes(text) == text.size());
  for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

inline void require_label(std::string_view label) {
  require(label.size() <= kMaxLabelBytes && label != "other");
  require_clean_text(label);
}

}  // namespace sockwatch::fuzz
