// A socket address as the kernel takes it, from its text and back. No names are looked up.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace sockwatch::test {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
};

/// Throws std::runtime_error when the text is no address. A scope ("%v0") is looked up in the
/// namespace of the calling thread.
SocketAddress socket_address(const std::string& address, std::uint16_t port);

SocketAddress local_address(int fd);
SocketAddress peer_address(int fd);                   // throws when there is no peer
std::uint16_t port_of(const SocketAddress& address);  // host byte order

}  // namespace sockwatch::test
