// The daemon's sampler on the real kernel, with a clock that only the benchmark moves: what a cycle
// costs once the owners are known. Costs are CPU time in milliseconds. Threads: one.
#pragma once

#include "app/sampler.h"
#include "kernel/system.h"

namespace sockwatch::test {

class SteadySampler {
 public:
  /// Samples the calling thread's namespace.
  SteadySampler(const kernel::System& system, Source source);

  /// At the next deadline of full samples; the first searches the owners.
  double full_sample();
  /// Between two of them.
  double listener_sample();
  const Owners& owners() const { return sampler_.collector().owners(); }

 private:
  double sample(MonotonicTime at);

  Now now_;
  MonotonicTime start_;
  int full_samples_ = 0;
  Published<Report> published_;
  Sampler sampler_;
};

}  // namespace sockwatch::test
