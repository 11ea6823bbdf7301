#include "hostile/connect.h"

#include <sys/socket.h>

#include <stdexcept>

#include "support/checked.h"
#include "support/socket_address.h"

namespace sockwatch::test {

Ends connect_to(const TestSocket& listener) {
  const SocketAddress address = local_address(listener.fd.get());
  Ends ends;
  ends.client.reset(checked(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  checked(::connect(ends.client.get(), address.get(), address.size), "connect");
  ends.server.reset(
      checked(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
  return ends;
}

void reset_at_end(const OwnedFd& socket) {
  const linger now{1, 0};
  checked(::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now), "SO_LINGER");
}

void await_end(const OwnedFd& socket) {
  char byte = 0;
  if (checked(::recv(socket.get(), &byte, 1, 0), "receive") != 0) {
    throw std::runtime_error("data in place of an end");
  }
}

}  // namespace sockwatch::test
