// A full sample that takes longer than the listeners' interval: what happens meanwhile.
#include <gtest/gtest.h>

#include <utility>

#include "unit/fake_host.h"

namespace sockwatch::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr const char* kSamples = "sockwatch_samples_total";
constexpr const char* kOverruns = "sockwatch_sample_overruns_total";

Labels cadence(const char* name) {
  return {{"cadence", name}};
}

/// A kernel that takes its time for each datagram.
class SlowChannel : public kernel::Channel {
 public:
  SlowChannel(std::unique_ptr<kernel::Channel> channel, std::function<void()> wait)
      : channel_(std::move(channel)), wait_(std::move(wait)) {}

  Result<void> send(Bytes request) override { return channel_->send(request); }
  Result<kernel::Datagram> receive(std::span<std::byte> buffer, kernel::Waiting& waiting) override {
    wait_();
    return channel_->receive(buffer, waiting);
  }
  std::uint32_t port() const override { return channel_->port(); }

 private:
  std::unique_ptr<kernel::Channel> channel_;
  std::function<void()> wait_;
};

class LongSample : public testing::Test {
 protected:
  LongSample()
      : host_({Protocol::tcp, Protocol::udp}, [this](kernel::OpenChannel open) {
          return [this, open = std::move(open)](int protocol) {
            auto opened = open(protocol);
            if (opened)
              *opened =
                  std::make_unique<SlowChannel>(std::move(*opened), [this] { on_receive_(); });
            return opened;
          };
        }) {}

  /// From now on each datagram takes this long.
  void take(milliseconds time) {
    on_receive_ = [this, time] { host_.now = {host_.now.monotonic + time, host_.now.wall + time}; };
  }

  std::function<void()> on_receive_ = [] {};
  FakeHost host_;
};

TEST_F(LongSample, TakesListenersWhenTheyAreDue) {
  host_.sample();
  take(milliseconds(200));
  const Exposition metrics = host_.sample();
  EXPECT_EQ(metrics.value(kSamples, cadence("sockets")), 2);
  EXPECT_GE(metrics.value(kSamples, cadence("listeners")).value(), 3);
  EXPECT_EQ(metrics.sum("sockwatch_sockets"), 5);
  EXPECT_EQ(metrics.sum("sockwatch_process_sockets"), 5);
}

TEST_F(LongSample, DoesNotShowListenersThatAreOlderThanThoseTakenMeanwhile) {
  host_.sample();
  int datagrams = 0;
  // Gone after the full sample has seen it, for the samples of listeners that come then.
  on_receive_ = [&] {
    host_.now.monotonic += milliseconds(400);
    if (++datagrams == 5) host_.kernel.tcp.erase(host_.kernel.tcp.begin());
  };
  host_.sample();
  on_receive_ = [] {};
  host_.sample(seconds(1));
  host_.sample(seconds(1));
  int gone = 0;
  for (const ListenerEvent& event : host_.events) gone += event.kind == ListenerEvent::Kind::gone;
  EXPECT_EQ(gone, 1);
  EXPECT_EQ(host_.events.size(), 1U) << "a listener came back that was gone";
}

TEST_F(LongSample, OfOneProtocolThatFailsCountsTheFailureOnce) {
  host_.sample();
  take(milliseconds(200));
  host_.kernel.fail(FailAt::error_message, EPERM, [](const DumpRequest& request) {
    return dumps_of(Protocol::tcp)(request) && request.states != kernel::kListenState;
  });
  EXPECT_EQ(host_.sample().sum("sockwatch_sample_errors_total"), 1);
}

TEST_F(LongSample, RestsSoThatItStaysWithinItsShare) {
  nanoseconds cpu{0};
  nanoseconds rested{0};
  SamplerHooks hooks{.now = [&] { return host_.now; },
                     .cpu_time = [&] { return cpu; },
                     .self = [] { return SelfFigures{}; }};
  hooks.pause = [&](nanoseconds time) {
    rested += time;
    host_.now.monotonic += time;
  };
  Sampler sampler(host_.options,
                  Collector({[&](int protocol) {
                               auto opened = host_.kernel.opener()(protocol);
                               *opened = std::make_unique<SlowChannel>(std::move(*opened), [&] {
                                 cpu += seconds(1);
                                 host_.now.monotonic += seconds(1);
                               });
                               return opened;
                             },
                             host_.tree.open(), host_.tree.open()}),
                  hooks, host_.published);
  const MonotonicTime begun = host_.now.monotonic;
  for (int i = 0; i < 200; ++i) {
    host_.now.monotonic = std::max(host_.now.monotonic, sampler.next());
    sampler.sample_once(host_.now);
  }
  const auto share = std::chrono::duration<double>(cpu) / (host_.now.monotonic - begun);
  EXPECT_NEAR(share, 0.05, 0.01);
  EXPECT_GT(rested, seconds(0));
}

}  // namespace
}  // namespace sockwatch::test
