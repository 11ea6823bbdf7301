// What samples tell the log: few lines for many changes, and once what stays as it is.
// Threads: show_listeners() from any, all else from the one that samples.
#pragma once

#include <atomic>
#include <set>
#include <string>

#include "app/log.h"
#include "app/sampler.h"

namespace sockwatch {

class SampleLog {
 public:
  /// `log` outlives this.
  SampleLog(Log& log, bool show_listeners) : log_(log), show_listeners_(show_listeners) {}

  void show_listeners(bool show) { show_listeners_ = show; }

  void note(const ListenerEvent& event);
  void note(const Fault& fault);
  /// After each sample.
  void end(const Sampler& sampler);

 private:
  void note_descriptors(const ReadErrors& errors);

  Log& log_;
  std::atomic<bool> show_listeners_;
  int listener_lines_ = 0;  // in one sample
  bool began_ = false;
  std::uint64_t without_descriptors_ = 0;  // processes, as told last
  std::set<std::string> told_of_procfs_;
  std::set<std::string> absent_;  // families that were told of
};

}  // namespace sockwatch
