// A kernel that does not answer, or somebody who talks all the time: a sample ends within two
// seconds in all, however many dumps hang.
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "faults/host.h"
#include "support/checked.h"
#include "support/in_namespace.h"
#include "support/owned_fd.h"
#include "support/sockets.h"

namespace sockwatch::test {
namespace {

constexpr std::chrono::seconds kLimit{2};

/// A real netlink socket whose requests never reach the kernel.
class Unheard final : public kernel::Channel {
 public:
  explicit Unheard(std::unique_ptr<kernel::Channel> socket) : socket_(std::move(socket)) {}

  Result<void> send(Bytes) override { return {}; }
  Result<kernel::Datagram> receive(std::span<std::byte> buffer, kernel::Waiting& waiting) override {
    return socket_->receive(buffer, waiting);
  }
  std::uint32_t port() const override { return socket_->port(); }

 private:
  std::unique_ptr<kernel::Channel> socket_;
};

/// Sends datagrams to a netlink socket of this process for as long as it lives.
class Chatter {
 public:
  Chatter(int netlink_protocol, std::uint32_t port, std::chrono::milliseconds pause)
      : thread_([=, this](const std::stop_token& stop) {
          talk(stop, netlink_protocol, port, pause);
        }) {}

 private:
  static void talk(const std::stop_token& stop, int netlink_protocol, std::uint32_t port,
                   std::chrono::milliseconds pause) {
    const OwnedFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, netlink_protocol));
    sockaddr_nl to{};
    to.nl_family = AF_NETLINK;
    to.nl_pid = port;
    const std::array<char, 64> words{};
    while (!stop.stop_requested()) {
      ::sendto(socket.get(), words.data(), words.size(), MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&to), sizeof(to));
      std::this_thread::sleep_for(pause);
    }
  }

  std::jthread thread_;
};

class Hang : public InNamespace {
 protected:
  void SetUp() override {
    InNamespace::SetUp();
    if (IsSkipped()) return;
    listener_ = tcp_listen("127.0.0.1");
    // Only netlink is real: other processes of the machine move counters of their own.
    host_ = std::make_unique<Host>(
        kernel::System{[this](int netlink_protocol) { return open(netlink_protocol); },
                       directories_.proc.open(), directories_.etc.open()});
    host_->sample();
  }

  /// The counters that one sample moved, which ended in time.
  Counters sample() {
    const Counters before = host_->counters();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_FALSE(host_->sample());
    EXPECT_LT(std::chrono::steady_clock::now() - start, kLimit);
    chatters_.clear();
    return moved(before, host_->counters());
  }

  double up(const std::string& protocol) {
    return host_->shown().value("sockwatch_source_up", {{"protocol", protocol}}).value();
  }

  std::function<bool(int)> hangs_ = [](int) { return false; };
  std::optional<std::chrono::milliseconds> chatter_;  // between two words
  std::unique_ptr<Host> host_;

 private:
  Result<std::unique_ptr<kernel::Channel>> open(int netlink_protocol) {
    auto opened = kernel::open_netlink(netlink_protocol);
    if (!opened || !hangs_(netlink_protocol)) return opened;
    if (chatter_) {
      chatters_.push_back(
          std::make_unique<Chatter>(netlink_protocol, (*opened)->port(), *chatter_));
    }
    return std::make_unique<Unheard>(std::move(*opened));
  }

  TestSocket listener_;
  Directories directories_;
  std::vector<std::unique_ptr<Chatter>> chatters_;
};

TEST_F(Hang, OfEveryDumpIsWaitedForOnce) {
  hangs_ = [](int) { return true; };
  for (int i = 0; i < 2; ++i) {
    const Counters counters = sample();
    EXPECT_EQ(counters.at(sample_error("rtnetlink", "timeout")), 1);
    EXPECT_GE(counters.at(sample_error("netlink", "timeout")), 2);
    EXPECT_EQ(up("tcp"), 0);
    EXPECT_EQ(up("udp"), 0);
  }
  hangs_ = [](int) { return false; };
  EXPECT_EQ(sample(), (Counters{{samples("sockets"), 1}, {samples("listeners"), 1}}));
  EXPECT_EQ(up("tcp"), 1);
  EXPECT_EQ(up("udp"), 1);
}

TEST_F(Hang, OfInterfacesLeavesTheSocketsAsTheyAre) {
  hangs_ = [](int netlink_protocol) { return netlink_protocol == NETLINK_ROUTE; };
  EXPECT_EQ(sample(), (Counters{{samples("sockets"), 1},
                                {samples("listeners"), 1},
                                {sample_error("rtnetlink", "timeout"), 1}}));
  EXPECT_EQ(up("tcp"), 1);
}

TEST_F(Hang, EndsAlsoWhileSomebodyElseTalks) {
  hangs_ = [](int) { return true; };
  for (const int pause : {50, 0}) {
    chatter_ = std::chrono::milliseconds(pause);
    const Counters counters = sample();
    double errors = 0;
    for (const auto& [series, value] : counters) {
      if (series.starts_with("sockwatch_sample_errors_total")) errors += value;
    }
    EXPECT_GE(errors, 3) << pause;
    EXPECT_EQ(up("tcp"), 0) << pause;
  }
}

}  // namespace
}  // namespace sockwatch::test
