// The kernel's own text tables of sockets, for comparison: /proc/thread-self/net/{tcp,udp}{,6} of
// the namespace of the calling thread. They have no bound, inactive TCP sockets. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/socket_states.h"

namespace sockwatch::test {

struct ProcRow {
  std::string state;  // as TestSocket::state
  std::uint16_t port = 0;
  std::uint16_t peer_port = 0;
  std::uint64_t inode = 0;
};

/// `table` is "tcp", "tcp6", "udp" or "udp6". Throws std::runtime_error.
std::vector<ProcRow> proc_net(const std::string& table);

StateCounts count_states(const std::vector<ProcRow>& rows);

}  // namespace sockwatch::test
