// What the daemon adds to the bare walk in its steady state: every TCP socket dumped, decoded, its
// owner found and its cell counted, all owners known. Without interfaces, /proc, sums and report.
// Threads: one.
#pragma once

#include <memory>

#include "app/netlink_source.h"
#include "app/protocol_pass.h"
#include "kernel/system.h"

namespace sockwatch::test {

class SteadyFold {
 public:
  /// Searches the owners of all sockets of the calling thread's namespace.
  explicit SteadyFold(const kernel::System& system);

  /// Prepares a pass: lists the listeners.
  void begin();
  /// Dumps everything into the pass.
  void run();

 private:
  Knowledge knowledge() { return {owners_, listeners_, cgroups_, surroundings_, now_}; }

  NetlinkSource source_;
  Owners owners_;
  Cgroups cgroups_;
  ListenerIndex listeners_;
  Surroundings surroundings_;
  Now now_;
  std::unique_ptr<ProtocolPass> pass_;
};

}  // namespace sockwatch::test
