#include "app/sampler_thread.h"

#include <exception>

#include "app/clocks.h"

namespace sockwatch {

SamplerThread::SamplerThread(Sampler& sampler, std::function<void(Sampler&)> after_sample,
                             std::function<void(const std::exception&)> on_exception)
    : sampler_(sampler),
      after_sample_(std::move(after_sample)),
      on_exception_(std::move(on_exception)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void SamplerThread::change(SamplerOptions options) {
  {
    std::scoped_lock lock(mutex_);
    options_ = std::move(options);
  }
  changed_.notify_one();
}

bool SamplerThread::stop(std::chrono::milliseconds patience) {
  thread_.request_stop();
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [this] { return ended_; });
}

void SamplerThread::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, stop, sampler_.next(), [this] { return options_.has_value(); });
      if (options_) sampler_.change(*std::exchange(options_, std::nullopt));
    }
    if (!stop.stop_requested()) sample();
  }
  {
    std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
}

void SamplerThread::sample() {
  const Now now = read_clocks();
  if (now.monotonic < sampler_.next()) return;
  try {
    sampler_.sample_once(now);
    after_sample_(sampler_);
  } catch (const std::exception& error) {
    give_up(error);
  }
}

void SamplerThread::give_up(const std::exception& error) {
  try {
    sampler_.skip();
    on_exception_(error);
  } catch (const std::exception&) {
    // Still no memory, not even to say so. The next sample is due an interval later all the same.
  }
}

}  // namespace sockwatch
