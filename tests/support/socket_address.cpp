#include "support/socket_address.h"

#include <netdb.h>
#include <netinet/in.h>

#include <cstring>
#include <stdexcept>

#include "support/checked.h"

namespace sockwatch::test {

SocketAddress socket_address(const std::string& address, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) throw std::runtime_error(address + ": " + ::gai_strerror(error));
  SocketAddress result;
  result.size = found->ai_addrlen;
  std::memcpy(&result.storage, found->ai_addr, found->ai_addrlen);
  ::freeaddrinfo(found);
  return result;
}

SocketAddress local_address(int fd) {
  SocketAddress address;
  checked(::getsockname(fd, address.get(), &address.size), "getsockname");
  return address;
}

SocketAddress peer_address(int fd) {
  SocketAddress address;
  checked(::getpeername(fd, address.get(), &address.size), "getpeername");
  return address;
}

std::uint16_t port_of(const SocketAddress& address) {
  // Both families keep the port at the same place.
  sockaddr_in head{};
  std::memcpy(&head, &address.storage, sizeof head);
  return ntohs(head.sin_port);
}

}  // namespace sockwatch::test
