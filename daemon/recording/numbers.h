// Sequence numbers and port ids of netlink messages. They belong to one run of the program: a
// recording holds their differences from those of the request, and a replay adds its own. Pure.
#pragma once

#include <cstdint>
#include <span>

#include "support/bytes.h"

namespace sockwatch::recording {

struct Numbers {
  std::uint32_t sequence = 0;
  std::uint32_t port = 0;
};

constexpr Numbers operator-(Numbers numbers) {
  return {0 - numbers.sequence, 0 - numbers.port};
}

/// Of the first message; zeros where there is none.
Numbers numbers_of(Bytes messages);

/// Adds to the numbers of each message, modulo 2^32, as far as the messages' lengths can be right.
void add_numbers(std::span<std::byte> messages, Numbers added);

}  // namespace sockwatch::recording
