#include "app/sampler_thread.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <stdexcept>

#include "app/clocks.h"
#include "support/eventually.h"

namespace sockwatch {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using test::kPatience;

SamplerOptions every(std::chrono::nanoseconds interval) {
  SamplerOptions options;
  options.cadences = {interval, interval, 1.0};
  options.collector.unix_sockets = false;
  options.collector.packet_sockets = false;
  return options;
}

/// A kernel that answers nothing: each sample is over at once, and is a report all the same.
Result<std::unique_ptr<kernel::Channel>> no_kernel(int) {
  return failure("no kernel", EMFILE);
}

/// A sampler without a kernel, and what its thread did.
class SamplingThread : public testing::Test {
 protected:
  SamplingThread() {
    SamplerHooks hooks;
    hooks.now = [this] {
      note(clock_reads_);
      return read_clocks();
    };
    hooks.cpu_time = thread_cpu_time;
    hooks.self = [] { return SelfFigures{}; };
    const std::shared_ptr<const kernel::Directory> proc = kernel::open_directory("/proc").value();
    sampler_ = std::make_unique<Sampler>(every(hours(1)), Collector({no_kernel, proc, proc}),
                                         std::move(hooks), reports_);
  }

  void start(std::function<void(int)> after_sample = [](int) {}) {
    thread_ = std::make_unique<SamplerThread>(
        *sampler_,
        [this, after_sample](const Sampler&) {
          const int samples = note(samples_);
          after_sample(samples);
        },
        [this](const std::exception&) { note(exceptions_); });
  }

  int read(const int& counter) {
    const std::scoped_lock lock(mutex_);
    return counter;
  }

  /// False when it takes too long.
  bool wait_for(const int& counter, int count) {
    std::unique_lock lock(mutex_);
    return noted_.wait_for(lock, kPatience, [&] { return counter >= count; });
  }

  Published<Report> reports_;
  std::unique_ptr<Sampler> sampler_;
  int samples_ = 0;      // guarded by mutex_
  int exceptions_ = 0;   // guarded by mutex_
  int clock_reads_ = 0;  // guarded by mutex_
  std::unique_ptr<SamplerThread> thread_;

 private:
  int note(int& counter) {
    const std::scoped_lock lock(mutex_);
    noted_.notify_all();
    return ++counter;
  }

  std::mutex mutex_;
  std::condition_variable noted_;
};

TEST_F(SamplingThread, BeginsAtOnce) {
  start();
  EXPECT_TRUE(wait_for(samples_, 1));
  const auto report = reports_.load();
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->sampler.sources.size(), 2U);
  EXPECT_FALSE(report->sampler.sources.at(0).up);
}

TEST_F(SamplingThread, GoesOnAtEachInterval) {
  sampler_->change(every(milliseconds(1)));
  start();
  EXPECT_TRUE(wait_for(samples_, 10));
  thread_.reset();
  EXPECT_GE(reports_.load()->number, 10U);
}

TEST_F(SamplingThread, TakesNewOptionsWhileItWaits) {
  start();
  ASSERT_TRUE(wait_for(samples_, 1));
  SamplerOptions options = every(milliseconds(1));
  options.collector.protocols = {Protocol::tcp};
  thread_->change(options);
  EXPECT_TRUE(wait_for(samples_, 3)) << "waited for the old deadline";
  thread_.reset();
  EXPECT_EQ(reports_.load()->sampler.sources.size(), 1U);
}

TEST_F(SamplingThread, WakesForEveryChange) {
  start();
  ASSERT_TRUE(wait_for(samples_, 1));
  for (int i = 0; i < 50; ++i) {
    const int before = read(clock_reads_);
    thread_->change(every(hours(1)));
    ASSERT_TRUE(wait_for(clock_reads_, before + 1)) << "slept through change " << i;
  }
  EXPECT_EQ(read(samples_), 1);
}

TEST_F(SamplingThread, TakesTheLastOfManyChanges) {
  start();
  for (int i = 1; i <= 100; ++i) thread_->change(every(milliseconds(i)));
  thread_->change(every(milliseconds(1)));
  EXPECT_TRUE(wait_for(samples_, 5));
  thread_.reset();
  const auto report = reports_.load();
  EXPECT_EQ(report->sampler.cadences[0].interval, milliseconds(1));
}

TEST_F(SamplingThread, StopsAtOnceWhileItWaits) {
  start();
  ASSERT_TRUE(wait_for(samples_, 1));
  const auto before = read_clocks().monotonic;
  thread_.reset();
  EXPECT_LT(read_clocks().monotonic - before, kPatience);
  EXPECT_EQ(samples_, 1);
}

TEST_F(SamplingThread, StopsAtOnceWhereverItIs) {
  for (int i = 0; i < 50; ++i) {
    sampler_->change(every(std::chrono::microseconds(100)));
    start();
    thread_.reset();
  }
}

TEST_F(SamplingThread, GoesOnAfterASampleThatThrew) {
  sampler_->change(every(milliseconds(1)));
  start([](int samples) {
    if (samples % 2 == 1) throw std::runtime_error("sample failed");
  });
  EXPECT_TRUE(wait_for(samples_, 4));
  EXPECT_TRUE(wait_for(exceptions_, 2));
}

}  // namespace
}  // namespace sockwatch
