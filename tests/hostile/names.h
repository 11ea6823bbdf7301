// Names that a hostile process, service, user or device may carry, made from a seed: the same ones
// in every run. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sockwatch::test {

/// Distinct names of 1 to 15 bytes, as the kernel keeps them for a process: any byte but NUL.
/// Quotes, line ends, escapes and what looks like them, invalid and cut UTF-8, HTML, bidirectional
/// controls, the exposition's own syntax, and every single byte.
std::vector<std::string> hostile_names(std::size_t count);

/// The name without the characters that its place does not allow; never empty.
std::string without(std::string name, std::string_view forbidden);

/// The raw bytes behind a label: \xNN is one byte, everything else is itself.
std::string raw_bytes(std::string_view label);

}  // namespace sockwatch::test
