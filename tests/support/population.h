// Many sockets and what a count of them must give. The counts are those of what was made, never of
// what a table shows. Threads: one.
#pragma once

#include <map>
#include <vector>

#include "support/socket_states.h"
#include "support/sockets.h"
#include "support/tcp_pairs.h"

namespace sockwatch::test {

class Population {
 public:
  void add(TestSocket socket);
  void add(TcpPair pair);

  /// Rows of a family, AF_INET or AF_INET6, by state. Add either TCP or UDP sockets: the states of
  /// both are in one map.
  StateCounts states(int family) const;
  /// Rows of both families by the reason why no process holds them, or that one does.
  std::map<Holder, int> holders() const;

  const std::vector<TestSocket>& sockets() const { return sockets_; }

 private:
  std::vector<TestSocket> sockets_;
};

/// Every TCP state in both families, made in the network namespace of the calling thread, where lo
/// must be up and no other TCP socket be. No two states of a family have the same count, and no
/// state has the same count in both. Exact for 30 s, then TIME_WAIT and others begin to run out.
Population make_every_tcp_state();

}  // namespace sockwatch::test
