// One netlink socket as the daemon uses it: the seam at which tests put a kernel of their own.
// Threads: one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "support/bytes.h"
#include "support/result.h"

namespace sockwatch::kernel {

struct Datagram {
  std::size_t size = 0;      // bytes in the buffer
  bool truncated = false;    // MSG_TRUNC: the rest is lost
  std::uint32_t sender = 0;  // netlink port id; 0 is the kernel
};

/// How long the dumps of one cycle may wait for answers, all together: a kernel that hangs cannot
/// hang its caller, however many dumps ask it. Answers that are there at once take nothing from it.
struct Waiting {
  std::chrono::nanoseconds left{};
  std::uint64_t interruptions = 0;  // receives that a signal ended and that were repeated
};

class Channel {
 public:
  virtual ~Channel() = default;

  virtual Result<void> send(Bytes request) = 0;
  /// Takes one datagram; waits for it no longer than what is left, and takes the time from there.
  /// EAGAIN when none came in time, EINTR when a signal came first.
  virtual Result<Datagram> receive(std::span<std::byte> buffer, Waiting& waiting) = 0;
  /// Our port id, which the kernel writes into every reply.
  virtual std::uint32_t port() const = 0;
};

using OpenChannel = std::function<Result<std::unique_ptr<Channel>>(int netlink_protocol)>;

/// A netlink socket (NETLINK_SOCK_DIAG, NETLINK_ROUTE) in the calling thread's network namespace.
Result<std::unique_ptr<Channel>> open_netlink(int netlink_protocol);

}  // namespace sockwatch::kernel
