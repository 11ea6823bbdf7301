// Established TCP connections on loopback, in any number: the load of the benchmarks.
// Threads: one.
#pragma once

#include <memory>
#include <vector>

#include "support/process.h"

namespace sockwatch::test {

class Connections {
 public:
  /// `sockets` ends of connections (two each) in `processes` processes, in this namespace.
  Connections(const TestNamespace& netns, int sockets, int processes);

 private:
  std::vector<std::unique_ptr<TestProcess>> processes_;
};

}  // namespace sockwatch::test
