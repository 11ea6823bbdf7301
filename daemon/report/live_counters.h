// What changes outside of the sampler: counted where it happens, read when metrics are rendered.
// Threads: every member from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>

namespace sockwatch {

class StatusCounts {
 public:
  void count(unsigned status) {
    std::scoped_lock lock(mutex_);
    ++counts_[status];
  }
  std::map<unsigned, std::uint64_t> get() const {
    std::scoped_lock lock(mutex_);
    return counts_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<unsigned, std::uint64_t> counts_;  // guarded by mutex_
};

struct LiveCounters {
  StatusCounts http_responses;
  std::atomic<std::uint64_t> http_evictions{0};
  std::atomic<bool> http_exposed{false};  // listens beyond loopback without authentication
  std::atomic<std::uint64_t> log_dropped{0};
  std::atomic<std::uint64_t> state_write_errors{0};
  std::atomic<bool> reload_good{true};
  std::atomic<double> reload_good_time{0};  // seconds since the epoch
  std::atomic<std::uint64_t> reloads_good{0};
  std::atomic<std::uint64_t> reloads_failed{0};
};

}  // namespace sockwatch
