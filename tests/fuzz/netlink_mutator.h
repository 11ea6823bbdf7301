// Mends what bytes_channel.h will cut into datagrams: lengths that do not fit, as nearly all random
// ones do not, end the reading at once, and what lies behind them would never be reached. One input
// in four stays as the fuzzer made it.
// Defines libFuzzer's mutator: included by one file of a target.
#pragma once

#include <linux/netlink.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

#include "fuzz/bytes_channel.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace sockwatch::fuzz {

using Mutable = std::span<std::byte>;

/// Mends a `Length` at the front of `bytes`; what it covers then, with its padding.
template <typename Length>
std::size_t mended(Mutable bytes, std::size_t header) {
  Length length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  if (length < header || length > bytes.size()) {
    length = static_cast<Length>(bytes.size());
    std::memcpy(bytes.data(), &length, sizeof(length));
  }
  return std::min<std::size_t>(NLMSG_ALIGN(std::size_t{length}), bytes.size());
}

inline void mend_attributes(Mutable bytes) {
  while (bytes.size() >= sizeof(nlattr)) {
    bytes = bytes.subspan(mended<std::uint16_t>(bytes, sizeof(nlattr)));
  }
}

/// Bytes of the family's own header, before the attributes, in a message of this type that answers
/// the question of the input's first byte; netlink_fuzz.cpp.
std::size_t payload_header(std::uint8_t question, std::uint16_t message_type);

inline void mend_messages(Mutable datagram, std::uint8_t question) {
  while (const auto header = read_at<nlmsghdr>(datagram, 0)) {
    const std::size_t headers = sizeof(nlmsghdr) + payload_header(question, header->nlmsg_type);
    const std::size_t size = mended<std::uint32_t>(datagram, sizeof(nlmsghdr));
    if (size > headers) mend_attributes(datagram.first(size).subspan(headers));
    datagram = datagram.subspan(size);
  }
}

inline void mend_datagrams(Mutable input, std::uint8_t question) {
  while (const auto next = read_at<std::uint16_t>(input, 0)) {
    input = input.subspan(sizeof(*next));
    if ((*next & kNoDatagram) != 0) continue;
    const std::size_t size = std::min(std::size_t{*next}, input.size());
    mend_messages(input.first(size), question);
    input = input.subspan(size);
  }
}

}  // namespace sockwatch::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  using namespace sockwatch::fuzz;
  size = LLVMFuzzerMutate(data, size, max_size);
  if (size > 1 && seed % 4 != 0) {
    mend_datagrams(std::as_writable_bytes(std::span(data + 1, size - 1)), data[0]);
  }
  return size;
}
