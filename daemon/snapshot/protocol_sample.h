// One protocol's sockets in one complete full dump of one network namespace.
#pragma once

#include <cstdint>

#include "snapshot/cells.h"
#include "snapshot/namespace_index.h"
#include "support/clock.h"

namespace sockwatch {

struct ProtocolSample {
  Protocol protocol = Protocol::tcp;
  Now taken;
  CellTable table;
  std::uint64_t receive_queued = 0;  // bytes, without listeners and inactive sockets
  std::uint64_t send_queued = 0;
  bool tells_bound_inactive = true;  // no such socket: there is none, not that it cannot be seen
  NamespaceIndex netns = 0;
};

/// Folds owned records into a ProtocolSample.
class Fold {
 public:
  Fold(Protocol protocol, std::size_t max_cells) : protocol_(protocol), cells_(max_cells) {}

  CellBuilder& cells() { return cells_; }
  /// Listeners' queues count sockets, inactive sockets' are junk: neither is added.
  void add_queues(State state, std::uint32_t receive_queue, std::uint32_t send_queue);
  ProtocolSample finish(const Now& taken);

 private:
  Protocol protocol_;
  CellBuilder cells_;
  std::uint64_t receive_queued_ = 0;
  std::uint64_t send_queued_ = 0;
};

}  // namespace sockwatch
