// Sockets in any mix and number, spread over processes of their own in one network namespace: the
// load of the benchmarks. Threads: one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/process.h"

namespace sockwatch::test {

struct LoadMix {
  int established = 0;  // ends of connections, so two of each
  int listening = 0;
  int udp = 0;        // connected
  int time_wait = 0;  // made anew when their minute is over
  int processes = 1;
  int ipv6_percent = 0;  // of established and udp; with any, of each second listener
};

/// Why this mix cannot be made, or "".
std::string objection(const LoadMix& mix);

/// How many there are in the calling thread's namespace, by a dump; without processes and percent.
LoadMix count_sockets();

class Load {
 public:
  /// Returns when all are there: 100 000 take about a second. Throws std::runtime_error when one
  /// cannot be made. Takes the namespace for itself: it changes its settings for TIME_WAIT.
  Load(const TestNamespace& netns, const LoadMix& mix);

 private:
  std::vector<std::unique_ptr<TestProcess>> processes_;
};

}  // namespace sockwatch::test
