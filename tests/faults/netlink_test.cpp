// Faults of netlink, over a kernel in memory and over the real one: each moves one counter by one
// and nothing else, what was good stays shown, and the next good dump mends it.
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "faults/faulty_netlink.h"
#include "faults/host.h"
#include "hostile/scale.h"
#include "support/in_namespace.h"
#include "support/sockets.h"
#include "support/tcp_pairs.h"

namespace sockwatch::test {
namespace {

constexpr std::array<std::string_view, 2> kProtocolLabels = {"tcp", "udp"};
constexpr int kStaleSamples = 3;

Labels of(std::string_view protocol) {
  return {{"protocol", std::string(protocol)}};
}

bool fails(const Injection& injection) {
  return !reason_of(injection.fault).empty();
}

/// What the counters must move by in one full sample with these faults.
Counters expected(const std::vector<Injection>& injections) {
  Counters counters{{samples("sockets"), 1}, {samples("listeners"), 1}};
  for (const Injection& injection : injections) {
    const auto source = injection.what == "interfaces" ? "rtnetlink" : "netlink";
    if (fails(injection)) ++counters[sample_error(source, reason_of(injection.fault))];
    if (injection.fault == NetlinkFault::interrupted) ++counters[kInterrupted];
  }
  return counters;
}

/// A host whose netlink fails, and what it has to show.
class FaultyHost {
 public:
  explicit FaultyHost(kernel::System system)
      : netlink_(std::move(system.netlink)),
        host_({netlink_.opener(), std::move(system.proc), std::move(system.etc)}) {
    host_.sample();
    for (const auto protocol : kProtocolLabels) {
      sockets_[protocol] = host_.shown().sum("sockwatch_sockets", of(protocol));
      EXPECT_GT(sockets_[protocol], 0) << protocol;
    }
  }

  /// One full sample, with everything checked that it must show.
  void sample_and_check() {
    const Counters before = host_.counters();
    EXPECT_FALSE(host_.sample());
    const auto injections = netlink_.take_injections();
    EXPECT_EQ(moved(before, host_.counters()), expected(injections));
    const Exposition shown = host_.shown();
    for (const auto protocol : kProtocolLabels) {
      const bool failed = std::ranges::any_of(injections, [&](const Injection& injection) {
        return injection.what == protocol && fails(injection);
      });
      check(shown, protocol, failed);
    }
  }

  FaultyNetlink& netlink() { return netlink_; }

 private:
  void check(const Exposition& shown, std::string_view protocol, bool failed) {
    int& failures = failures_in_a_row_[protocol];
    failures = failed ? failures + 1 : 0;
    EXPECT_EQ(shown.value("sockwatch_source_up", of(protocol)), failed ? 0 : 1) << protocol;
    const bool fresh = failures <= kStaleSamples;
    EXPECT_EQ(shown.sum("sockwatch_sockets", of(protocol)), fresh ? sockets_[protocol] : 0);
    EXPECT_EQ(shown.select("sockwatch_sockets", of(protocol)).empty(), !fresh) << protocol;
  }

  FaultyNetlink netlink_;
  Host host_;
  std::map<std::string_view, double> sockets_;
  std::map<std::string_view, int> failures_in_a_row_;
};

void expect_each_fault_counts_once(FaultyHost& host) {
  for (std::size_t i = 0; i < kNetlinkFaults; ++i) {
    for (const std::string what : {"interfaces", "tcp", "udp"}) {
      for (const int receive : {0, 1}) {
        const auto fault = static_cast<NetlinkFault>(i);
        SCOPED_TRACE(what + ", fault " + std::to_string(i) + " at " + std::to_string(receive));
        bool planned = false;
        host.netlink().follow([&](const std::string& dump) -> std::optional<PlannedFault> {
          if (dump != what || std::exchange(planned, true)) return std::nullopt;
          return PlannedFault{fault, receive};
        });
        host.sample_and_check();
        ASSERT_TRUE(planned && !testing::Test::HasFailure());
        host.netlink().follow([](const std::string&) { return std::nullopt; });
        host.sample_and_check();
      }
    }
  }
}

/// Each dump fails with probability 0.1.
void expect_exact_counts_over(FaultyHost& host, int dumps) {
  std::mt19937 random(4711);
  host.netlink().follow([&](const std::string&) -> std::optional<PlannedFault> {
    if (random() % 10 != 0) return std::nullopt;
    return PlannedFault{static_cast<NetlinkFault>(random() % kNetlinkFaults),
                        static_cast<int>(random() % 2)};
  });
  while (host.netlink().dumps() < static_cast<std::size_t>(dumps) && !testing::Test::HasFailure()) {
    host.sample_and_check();
  }
}

/// A kernel in memory, with more sockets than fit one datagram.
class NetlinkFaultsInMemory : public testing::Test {
 protected:
  NetlinkFaultsInMemory() {
    directories_.start({.pid = 50});
    for (std::uint32_t socket = 10; socket < 130; ++socket) {
      const bool serves = socket % 40 == 0;
      DiagSocket tcp{.port = 80, .state = 1, .cookie = socket, .inode = socket};
      if (serves) {
        tcp.port = static_cast<std::uint16_t>(socket);
        tcp.state = 10;
      } else {
        tcp.remote = "127.0.0.1";
        tcp.remote_port = static_cast<std::uint16_t>(socket);
      }
      DiagSocket udp = tcp;
      udp.cookie = udp.inode = 1000 + socket;
      if (serves) udp.state = 7;
      directories_.hold(50, static_cast<int>(tcp.inode), tcp.inode);
      directories_.hold(50, static_cast<int>(udp.inode), udp.inode);
      kernel_.tcp.push_back(std::move(tcp));
      kernel_.udp.push_back(std::move(udp));
    }
  }

  kernel::System system() {
    return {kernel_.opener(), directories_.proc.open(), directories_.etc.open()};
  }

  FakeKernel kernel_;
  Directories directories_;
};

TEST_F(NetlinkFaultsInMemory, CountOnceEach) {
  FaultyHost host(system());
  expect_each_fault_counts_once(host);
}

TEST_F(NetlinkFaultsInMemory, AreCountedExactlyOverManyDumps) {
  FaultyHost host(system());
  expect_exact_counts_over(host, scaled(5'000, 100'000));
}

/// The real kernel, in a namespace of the test's own.
class NetlinkFaults : public InNamespace {
 protected:
  void SetUp() override {
    InNamespace::SetUp();
    if (IsSkipped()) return;
    for (int i = 0; i < 5; ++i) sockets_.push_back(tcp_listen("127.0.0.1"));
    for (int i = 0; i < 50; ++i) pairs_.push_back(tcp_established(sockets_.front()));
    for (int i = 0; i < 50; ++i) sockets_.push_back(udp_bind("127.0.0.1"));
  }

  /// Only netlink is real: other processes of the machine move counters of their own.
  kernel::System system() {
    return {kernel::open_netlink, directories_.proc.open(), directories_.etc.open()};
  }

 private:
  Directories directories_;
  std::vector<TestSocket> sockets_;
  std::vector<TcpPair> pairs_;
};

TEST_F(NetlinkFaults, CountOnceEach) {
  FaultyHost host(system());
  expect_each_fault_counts_once(host);
}

TEST_F(NetlinkFaults, AreCountedExactlyOverManyDumps) {
  FaultyHost host(system());
  expect_exact_counts_over(host, scaled(2'000, 100'000));
}

}  // namespace
}  // namespace sockwatch::test
