// `sockwatch run` under hard conditions, which may keep it from starting: nothing is waited for.
// It runs in the namespace of the calling thread, which has to be the test's own. Threads: one.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <optional>
#include <string>

#include "e2e/program.h"

namespace sockwatch::test {

struct Conditions {
  std::optional<rlim_t> descriptors = {};  // RLIMIT_NOFILE, soft and hard
  std::string preload = {};                // a library for LD_PRELOAD
};

class BareDaemon {
 public:
  explicit BareDaemon(const Conditions& conditions);
  /// Ends it.
  ~BareDaemon();
  BareDaemon(const BareDaemon&) = delete;
  BareDaemon& operator=(const BareDaemon&) = delete;

  /// The exit status once it has ended, 128 + signal when a signal ended it.
  std::optional<int> ended();
  /// The body of /metrics once it answers 200.
  std::optional<std::string> metrics() const;
  void signal(int number) const;
  std::string log() const;

 private:
  void execute(const Conditions& conditions) const;

  TestFolder folder_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

}  // namespace sockwatch::test
