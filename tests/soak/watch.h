// What this process holds after so many samples: memory, descriptors, threads. They are noted, and
// printed, after the warm-up, at each tenth of the samples and at the end. Threads: one.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace sockwatch::test {

struct SoakPlan {
  long samples = 0;
  long warm_up = 0;              // samples after which nothing may grow any more
  std::size_t memory_limit = 0;  // bytes that it may grow by nevertheless; 0: not looked at
};

class Watch {
 public:
  Watch(std::string name, const SoakPlan& plan);

  /// Whether note() is due after this sample, of which the first is number 1.
  bool is_due(long sample) const;
  void note(long sample);
  /// False when memory grew by more than the limit, or descriptors or threads changed.
  bool is_steady() const { return steady_; }

 private:
  struct Held {
    std::size_t memory = 0;  // bytes, after free memory was given back (malloc_trim)
    std::size_t descriptors = 0;
    std::size_t threads = 0;
  };
  static Held held();
  bool allows(const Held& now) const;

  std::string name_;
  SoakPlan plan_;
  std::chrono::nanoseconds cpu_at_start_;
  Held first_;
  bool noted_ = false;
  bool steady_ = true;
};

}  // namespace sockwatch::test
