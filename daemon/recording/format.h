// A recording as the bytes of its file, docs/recording-format.md. Pure.
#pragma once

#include <string>

#include "recording/recording.h"
#include "support/bytes.h"
#include "support/result.h"

namespace sockwatch::recording {

inline constexpr std::uint32_t kFormatVersion = 1;

std::string encode(const Recording& recording);

/// Trusts nothing: no length is believed before the bytes are there, and memory stays within a
/// small multiple of them. What it accepts, encode() turns into the same bytes again. An error says
/// in what way these bytes are no recording.
Result<Recording> decode(Bytes bytes);

}  // namespace sockwatch::recording
