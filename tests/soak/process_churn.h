// Processes that come and go, each with a listener and a UDP socket of its own. Threads: one.
#pragma once

#include "support/process.h"

namespace sockwatch::test {

class ProcessChurn {
 public:
  /// In the network namespace of the calling thread.
  ProcessChurn();

  /// Starts one process; the oldest ends when there are more than eight. Returns at once, and does
  /// nothing when many turns wait to be done.
  void turn();
  /// Returns when all of them have ended, and their sockets with them.
  void rest();

 private:
  OwnedFd orders_;
  TestProcess process_;
};

}  // namespace sockwatch::test
