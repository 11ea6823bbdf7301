// SocketKey out of what the kernel tells of a socket. Pure.
#pragma once

#include "sockets/socket_record.h"

namespace sockwatch {

/// `cookie`: the two halves that sock_diag sends, low one first.
constexpr SocketKey diag_key(const std::uint32_t (&cookie)[2], std::uint32_t inode) {
  return {cookie[0] | static_cast<std::uint64_t>(cookie[1]) << 32, inode};
}

/// /proc tells no cookie: in its place `id`, after the bits 10. No cookie begins with them: the
/// kernel counts cookies up from 1 and a few of them down from 2^64 (include/linux/cookie.h).
constexpr SocketKey key_without_cookie(std::uint64_t id, std::uint32_t inode) {
  return {std::uint64_t{1} << 63 | (id & ~std::uint64_t{0} >> 2), inode};
}
constexpr SocketKey key_without_cookie(std::uint32_t inode) {
  return key_without_cookie(inode, inode);
}
/// The kernel's cookie, where it told one.
constexpr std::optional<std::uint64_t> cookie_of(const SocketKey& key) {
  if (key.cookie >> 62 == 0b10) return std::nullopt;
  return key.cookie;
}

}  // namespace sockwatch
