// The daemon's sampler and its page of metrics, on any machine, with a clock that only the test
// moves. Threads: one.
#pragma once

#include <chrono>
#include <memory>

#include "app/metrics_page.h"
#include "app/sampler.h"

namespace sockwatch::test {

class Subject {
 public:
  explicit Subject(kernel::System system);
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  /// One sample, after the clock went on by `step`: of everything when 5 s went by, of listeners
  /// after 1 s.
  void sample(std::chrono::seconds step);
  /// Both bodies of /metrics, plain and gzip.
  void scrape();

  std::shared_ptr<const Report> report() const { return reports_.load(); }

 private:
  Now now_;
  Published<Report> reports_;
  LiveCounters live_;
  MetricsPage page_;
  Sampler sampler_;
};

}  // namespace sockwatch::test
