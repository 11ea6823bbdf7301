// Foreign names made safe to show. Process names and unit names may hold any byte; everything that
// leaves the daemon (labels, logs, JSON, terminal) passes through printable() first.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sockwatch {

inline constexpr std::size_t kMaxLabelBytes = 64;

/// Valid UTF-8 without control characters: each byte of an invalid sequence and of a C0, C1, DEL or
/// bidirectional control becomes the text \xNN. A backslash before an `x` is written \x5c, so two
/// different names never read alike. At most `max_bytes` long, cut between characters; a raw quote
/// or backslash counts twice, as text formats write two bytes for it.
std::string printable(std::string_view raw, std::size_t max_bytes = kMaxLabelBytes);

/// The same for whole lines that hold names made printable before: backslashes stay.
std::string printable_line(std::string_view raw, std::size_t max_bytes);

/// How many bytes come before the first that is not valid UTF-8; all of them when none is.
std::size_t valid_utf8_bytes(std::string_view raw);

/// printable(), and the reserved name `other` written \x6fther.
std::string label_name(std::string_view raw);

}  // namespace sockwatch
