// Fixture: the daemon's sampler in a network namespace of the test's own, on the real kernel, with
// a clock that only the test moves. After every sample the identities of all counts must hold.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "app/sampler.h"
#include "support/exposition.h"
#include "support/in_namespace.h"
#include "support/sockets.h"

namespace sockwatch::test {

/// The sampler with real /proc and netlink; usable also inside a TestProcess.
class TestSampler {
 public:
  explicit TestSampler(SamplerOptions options = {});
  /// The same on another machine.
  TestSampler(SamplerOptions options, Collector collector);

  /// A full sample, then the clock goes on by `step`.
  Exposition sample(std::chrono::milliseconds step = std::chrono::seconds(5));
  /// A listener sample between two full ones.
  Exposition sample_listeners();

  /// What a scrape shows of the last sample.
  std::string text() const;

  const std::vector<ListenerEvent>& events() const { return events_; }
  void forget_events() { events_.clear(); }
  const Sampler& sampler() const { return *sampler_; }

 private:
  Exposition take();

  Now now_{MonotonicTime(std::chrono::hours(1)), WallTime(std::chrono::hours(1))};
  std::vector<ListenerEvent> events_;
  Published<Report> published_;
  std::unique_ptr<Sampler> sampler_;
};

/// What breaks "sum(sockets) = sum(process) + sum(unowned) = sum(unit) = sum(port)", or "".
std::string broken_identity(const Exposition& exposition, const std::string& netns = "host");

class Sampled : public InNamespace {
 protected:
  void SetUp() override {
    InNamespace::SetUp();
    if (!IsSkipped()) sampler_ = std::make_unique<TestSampler>();
  }

  Exposition sample() {
    Exposition exposition = sampler_->sample();
    EXPECT_EQ(broken_identity(exposition), "");
    return exposition;
  }
  Exposition sample_listeners() { return sampler_->sample_listeners(); }
  TestSampler& sampler() { return *sampler_; }

 private:
  std::unique_ptr<TestSampler> sampler_;
};

/// The labels that pick the rows of one listening port.
Labels port_labels(const SocketFacts& facts);

}  // namespace sockwatch::test
