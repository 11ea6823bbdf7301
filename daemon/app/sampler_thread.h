// The thread that samples: waits for the next deadline, takes new options between two samples.
// Threads: change() from any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "app/sampler.h"

namespace sockwatch {

class SamplerThread {
 public:
  /// `after_sample` runs on the sampling thread. A sample that throws is told to `on_exception` and
  /// left out.
  SamplerThread(Sampler& sampler, std::function<void(Sampler&)> after_sample,
                std::function<void(const std::exception&)> on_exception);
  /// Stops and joins.
  ~SamplerThread() = default;

  void change(SamplerOptions options);
  /// Asks the thread to end; false when a sample under way has not ended within `patience`.
  bool stop(std::chrono::milliseconds patience);

 private:
  void run(const std::stop_token& stop);
  void sample();
  void give_up(const std::exception& error);

  Sampler& sampler_;
  std::function<void(Sampler&)> after_sample_;
  std::function<void(const std::exception&)> on_exception_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<SamplerOptions> options_;  // guarded by mutex_
  bool ended_ = false;                     // guarded by mutex_
  std::jthread thread_;                    // last: it uses all of the above
};

}  // namespace sockwatch
