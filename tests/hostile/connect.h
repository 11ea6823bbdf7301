// Connections by the thousand: made by the kernel's calls alone, without a look at their states.
// All throw std::runtime_error. Threads: one per listener.
#pragma once

#include "support/owned_fd.h"
#include "support/sockets.h"

namespace sockwatch::test {

struct Ends {
  OwnedFd client;
  OwnedFd server;
};

/// The accept queue of the listener is empty, before and after.
Ends connect_to(const TestSocket& listener);

/// Lets the socket end its connection with a reset, so that neither end stays behind.
void reset_at_end(const OwnedFd& socket);

/// Returns when the other end has closed.
void await_end(const OwnedFd& socket);

}  // namespace sockwatch::test
