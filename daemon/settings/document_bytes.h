// The first look at a document: is it text at all, and not too much of it?
#pragma once

#include <cstddef>
#include <string_view>

#include "settings/errors.h"

namespace sockwatch {

inline constexpr std::size_t kMaxDocumentBytes = std::size_t{1} << 20;

/// Adds one error and answers false unless `text` is short enough, UTF-8 and without control
/// characters other than tab and line ends.
bool check_document_bytes(std::string_view text, Errors& errors);

}  // namespace sockwatch
