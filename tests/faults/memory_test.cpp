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

constexpr std::uint32_t kListeners = 20;
// So many that a sample has more than 10 000 allocations in full scale.
const auto kConnections = static_cast<std::uint32_t>(scaled(200, 1000));

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
    for (std::uint32_t i = 0; i < kConnections; ++i) connect();
    for (std::uint32_t i = 0; i < 20; ++i) open_others();
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
    kernel_.tcp.erase(kernel_.tcp.begin());
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
    const auto port = static_cast<std::uint16_t>(1000 + number);
    DiagSocket tcp = next(port, 10);
    DiagSocket udp = next(port, 7);
    tcp.drops = udp.drops = 1;
    const pid_t pid = start();
    directories_.hold(pid, 3, tcp.inode);
    directories_.hold(pid, 4, udp.inode);
    kernel_.tcp.insert(kernel_.tcp.begin() + number % kListeners, std::move(tcp));
    if (number < kListeners) kernel_.udp.push_back(std::move(udp));
  }

  void connect() {
    DiagSocket socket = next(1000, 1);
    socket.remote = "198.51.100.7";
    socket.remote_port = static_cast<std::uint16_t>(sockets_);
    directories_.hold(start(), 3, socket.inode);
    kernel_.tcp.push_back(std::move(socket));
  }

  /// A packet and a unix socket.
  void open_others() {
    const std::uint32_t number = ++sockets_;
    directories_.hold(start(), 3, number);
    kernel_.packet_sockets.push_back({.cookie = number, .inode = number});
    kernel_.unix_sockets.push_back({.cookie = number, .inode = 0});
  }

  void close_oldest() {
    const auto oldest = std::ranges::find(kernel_.tcp, 1, &DiagSocket::state);
    directories_.end(static_cast<pid_t>(oldest->inode + 100));
    kernel_.tcp.erase(oldest);
  }

  /// Its pid follows from the number of the socket that was made last.
  pid_t start() {
    const auto pid = static_cast<pid_t>(sockets_ + 100);
    directories_.start({.pid = pid,
                        .comm = "worker-" + std::to_string(pid % 30),
                        .cgroup = "0::/system.slice/a-rather-long-name.service\n"});
    return pid;
  }

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

void expect_same_sample(World& victim, World& twin) {
  victim.host().sample();
  twin.host().sample();
  EXPECT_EQ(shown(victim), shown(twin));
  EXPECT_EQ(told(victim), told(twin));
}

TEST(WantOfMemory, CostsOneSampleAndNothingElse) {
  World victim;
  World twin;
  victim.host().sample();
  twin.host().sample();
  const int step = scaled(97, 1);
  int n = 1;
  for (; n <= 10'000 && !HasFailure(); n += step) {
    SCOPED_TRACE("allocation " + std::to_string(n));
    victim.change_connections();
    twin.change_connections();
    if (!sample_failing(victim, static_cast<std::uint64_t>(n))) break;
    twin.host().sample();
    expect_same_sample(victim, twin);
    victim.change_listeners();
    twin.change_listeners();
    expect_same_sample(victim, twin);
  }
  EXPECT_GE(n, scaled(2'000, 10'000)) << "a sample has fewer allocations than shall fail";
}

TEST(WantOfMemory, InTheFirstSampleOnlyPutsItOff) {
  const std::vector<std::string> times = {"sockwatch_listener_first_seen"};
  World twin;
  twin.host().sample(seconds(0));
  twin.host().sample();
  for (int n = 1; n <= 10'000 && !HasFailure(); n += scaled(397, 7)) {
    SCOPED_TRACE("allocation " + std::to_string(n));
    World victim;
    if (!sample_failing(victim, static_cast<std::uint64_t>(n), seconds(0))) break;
    victim.host().sample();
    ASSERT_EQ(shown(victim, times), shown(twin, times));
    EXPECT_TRUE(told(victim).empty());
  }
}

}  // namespace
}  // namespace sockwatch::test
