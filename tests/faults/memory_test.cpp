// Want of memory at each allocation of a sample in turn: the sample is given up, one counter says
// so, and the next one shows what that of a twin shows who never failed.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "faults/failing_allocation.h"
#include "faults/host.h"
#include "hostile/scale.h"

namespace sockwatch::test {
namespace {

using std::chrono::seconds;

constexpr std::uint32_t kListeners = 10;
// So many that a sample has more than 10 000 allocations in full scale.
const auto kConnections = static_cast<std::uint32_t>(scaled(50, 1000));

/// A channel whose own allocations never fail: they are the kernel's.
class KernelChannel final : public kernel::Channel {
 public:
  explicit KernelChannel(std::unique_ptr<kernel::Channel> channel) : channel_(std::move(channel)) {}

  Result<void> send(Bytes request) override {
    const UncountedAllocations uncounted;
    return channel_->send(request);
  }
  Result<kernel::Datagram> receive(std::span<std::byte> buffer, kernel::Waiting& waiting) override {
    const UncountedAllocations uncounted;
    return channel_->receive(buffer, waiting);
  }
  std::uint32_t port() const override { return channel_->port(); }

 private:
  std::unique_ptr<kernel::Channel> channel_;
};

kernel::OpenChannel opener(FakeKernel& kernel) {
  return [open = kernel.opener()](int protocol) -> Result<std::unique_ptr<kernel::Channel>> {
    return std::make_unique<KernelChannel>(open(protocol).value());
  };
}

/// A host whose sockets, processes and cgroups change with each step, the same way in each twin.
class World {
 public:
  World() : host_({opener(kernel_), directories_.proc.open(), directories_.etc.open()}, options()) {
    for (std::uint32_t i = 0; i < kListeners; ++i) listen(i);
    for (std::uint32_t i = 0; i < kListeners; ++i) serve_udp(i);
    for (std::uint32_t i = 0; i < kConnections; ++i) connect();
    for (std::uint32_t i = 0; i < 5; ++i) open_others();
  }

  /// Connections come with new processes and go with old ones; listeners drop some more.
  void change_connections() {
    for (int i = 0; i < 3; ++i) connect();
    for (int i = 0; i < 3; ++i) close_oldest();
    for (auto* sockets : {&kernel_.tcp, &kernel_.udp}) {
      for (DiagSocket& socket : *sockets) {
        if (socket.drops) *socket.drops += socket.inode % 7;
      }
    }
  }
  /// One listener goes and another one comes.
  void change_listeners() {
    end(kernel_.tcp, kernel_.tcp.begin());
    listen(++listeners_);
  }

  Host& host() { return host_; }

 private:
  static SamplerOptions options() {
    SamplerOptions options;
    options.collector.udp_listener_age = {};  // an age would be that of the first good sample
    return options;
  }

  DiagSocket next(std::uint16_t port, std::uint8_t state) {
    const std::uint32_t number = ++sockets_;
    return {.local = "203.0.113.1",
            .port = port,
            .state = state,
            .cookie = number,
            .inode = number,
            .uid = 33,
            .cgroup_id = cgroup_of(number % 10)};
  }

  std::uint64_t cgroup_of(std::uint32_t n) {
    return directories_.add_cgroup("system.slice/s" + std::to_string(n) + ".service");
  }

  void listen(std::uint32_t number) {
    DiagSocket socket = next(static_cast<std::uint16_t>(1000 + number), 10);
    socket.drops = 1;
    start(socket.inode);
    kernel_.tcp.insert(kernel_.tcp.begin() + number % kListeners, std::move(socket));
  }

  void serve_udp(std::uint32_t number) {
    DiagSocket socket = next(static_cast<std::uint16_t>(1000 + number), 7);
    socket.drops = 1;
    start(socket.inode);
    kernel_.udp.push_back(std::move(socket));
  }

  void connect() {
    DiagSocket socket = next(1000, 1);
    socket.remote = "198.51.100.7";
    socket.remote_port = static_cast<std::uint16_t>(sockets_);
    start(socket.inode);
    kernel_.tcp.push_back(std::move(socket));
  }

  /// A packet and a unix socket.
  void open_others() {
    const std::uint32_t number = ++sockets_;
    start(number);
    kernel_.packet_sockets.push_back({.cookie = number, .inode = number});
    kernel_.unix_sockets.push_back({.cookie = number, .inode = 0});
  }

  void close_oldest() { end(kernel_.tcp, std::ranges::find(kernel_.tcp, 1, &DiagSocket::state)); }

  void end(std::vector<DiagSocket>& sockets, std::vector<DiagSocket>::iterator socket) {
    directories_.end(pid_of(socket->inode));
    sockets.erase(socket);
  }

  /// A process that holds this socket.
  void start(std::uint32_t inode) {
    directories_.start({.pid = pid_of(inode),
                        .comm = "worker-" + std::to_string(inode % 30),
                        .cgroup = "0::/system.slice/a-rather-long-name.service\n"});
    directories_.hold(pid_of(inode), 3, inode);
  }

  static pid_t pid_of(std::uint32_t inode) { return static_cast<pid_t>(inode + 100); }

  FakeKernel kernel_;
  Directories directories_;
  std::uint32_t sockets_ = 0;
  std::uint32_t listeners_ = kListeners;
  Host host_;
};

/// All that a scrape shows but for what counts samples.
std::string shown(const World& world, const std::vector<std::string>& but = {}) {
  std::string text = const_cast<World&>(world).host().shown().text();
  std::string kept;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool counts = line.starts_with("sockwatch_sample");
    const bool hidden =
        std::ranges::any_of(but, [&](auto& name) { return line.starts_with(name); });
    if (!counts && !hidden) kept += line + '\n';
  }
  return kept;
}

std::multiset<std::string> told(World& world) {
  std::multiset<std::string> lines;
  for (const ListenerEvent& event : world.host().events()) {
    lines.insert(std::to_string(static_cast<int>(event.kind)) + " " +
                 std::to_string(event.identity.endpoint.port) + " " + event.owner.process);
  }
  world.host().events().clear();
  return lines;
}

const Counters kOneSampleFailed = {{sample_error("sampler", "other"), 1}};

/// A sample in which the n-th allocation fails; whether there were so many.
bool sample_failing(World& world, std::uint64_t n, std::chrono::seconds later = seconds(5)) {
  const Counters before = world.host().counters();
  bool threw = false;
  bool happened = false;
  {
    const FailingAllocation failing(n);
    threw = world.host().sample(later);
    happened = failing.happened();
  }
  EXPECT_EQ(threw, happened);
  if (threw) {
    EXPECT_EQ(moved(before, world.host().counters()), kOneSampleFailed);
  }
  return happened;
}

const std::vector<std::string> kTimes = {"sockwatch_listener_first_seen"};

void expect_same_samples(World& victim, World& twin, const std::vector<std::string>& but = {}) {
  for (int sample = 0; sample < 2; ++sample) {  // a listener is gone when it is absent twice
    victim.host().sample();
    twin.host().sample();
  }
  EXPECT_GT(twin.host().shown().sum("sockwatch_listener_sockets"), 0);
  EXPECT_EQ(shown(victim, but), shown(twin, but));
  EXPECT_EQ(told(victim), told(twin));
}

TEST(WantOfMemory, CostsOneSampleAndNothingElse) {
  World victim;
  World twin;
  victim.host().sample();
  twin.host().sample();
  int n = 1;
  for (; n <= 10'000 && !HasFailure(); n += scaled(11, 1)) {
    SCOPED_TRACE("allocation " + std::to_string(n));
    for (World* world : {&victim, &twin}) {
      world->change_connections();
      world->change_listeners();
    }
    if (!sample_failing(victim, static_cast<std::uint64_t>(n))) break;
    twin.host().sample();
    // What was new in the sample that failed was seen first in the next one.
    expect_same_samples(victim, twin, kTimes);
  }
  EXPECT_GE(n, scaled(500, 10'000)) << "a sample has fewer allocations than shall fail";
}

TEST(WantOfMemory, LosesNoTimeThatWasKnown) {
  World victim;
  World twin;
  victim.host().sample();
  twin.host().sample();
  for (int n = 1; n <= 10'000 && !HasFailure(); n += scaled(97, 13)) {
    SCOPED_TRACE("allocation " + std::to_string(n));
    if (!sample_failing(victim, static_cast<std::uint64_t>(n))) break;
    twin.host().sample();
    for (World* world : {&victim, &twin}) world->change_listeners();
    expect_same_samples(victim, twin);
  }
}

TEST(WantOfMemory, PutsOffEventsThatCannotBeTold) {
  World victim;
  World twin;
  for (World* world : {&victim, &twin}) {
    world->host().sample();
    for (int i = 0; i < 3; ++i) world->change_listeners();
  }
  victim.host().refuse_events(2);
  EXPECT_TRUE(victim.host().sample());
  EXPECT_TRUE(victim.host().sample());
  EXPECT_EQ(told(victim), (std::multiset<std::string>{}));
  victim.host().sample();
  twin.host().sample();
  twin.host().sample();
  EXPECT_EQ(told(victim), told(twin));
}

TEST(WantOfMemory, InTheFirstSampleOnlyPutsItOff) {
  World twin;
  twin.host().sample(seconds(0));
  twin.host().sample();
  for (int n = 1; n <= 10'000 && !HasFailure(); n += scaled(97, 7)) {
    SCOPED_TRACE("allocation " + std::to_string(n));
    World victim;
    if (!sample_failing(victim, static_cast<std::uint64_t>(n), seconds(0))) break;
    victim.host().sample();
    ASSERT_EQ(shown(victim, kTimes), shown(twin, kTimes));
    EXPECT_TRUE(told(victim).empty());
  }
}

}  // namespace
}  // namespace sockwatch::test
