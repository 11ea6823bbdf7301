// A population that stays while others come and go as fast as they can: each of its sockets is in
// each dump, once.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <unordered_map>

#include "app/netlink_source.h"
#include "hostile/churn.h"
#include "hostile/connect.h"
#include "hostile/scale.h"
#include "kernel/sampled.h"
#include "support/process.h"

namespace sockwatch::test {
namespace {

struct Share {  // of one process
  int connections = 0;
  int listeners = 0;
  int udp = 0;

  int sockets() const { return 2 * connections + listeners + udp; }
};

void hold(Child& me, const Share& share) {
  std::vector<TestSocket> sockets;
  for (int i = 0; i < share.listeners; ++i) sockets.push_back(tcp_listen("127.0.0.1"));
  for (int i = 0; i < share.udp; ++i) sockets.push_back(udp_bind("127.0.0.1"));
  std::vector<Ends> connections;
  for (int i = 0; i < share.connections; ++i) connections.push_back(connect_to(sockets[0]));
  me.ready();
  me.wait();
}

/// The cookies of the rows of one dump of everything.
std::vector<std::uint64_t> dumped_cookies() {
  NetlinkSource source(kernel::real_system().value().netlink);
  std::vector<std::uint64_t> cookies;
  for (const Protocol protocol : kProtocols) {
    const Dumped dumped = source.dump_all(protocol, [&](std::span<const SocketRecord> records) {
      for (const SocketRecord& record : records) cookies.push_back(record.key.cookie);
    });
    if (!dumped) throw std::runtime_error(dumped.error().message);
  }
  return cookies;
}

/// How often each socket of a population was in a dump.
class RollCall {
 public:
  explicit RollCall(const std::vector<std::uint64_t>& population) {
    for (const std::uint64_t cookie : population) seen_[cookie] = 0;
  }

  void take(const std::vector<std::uint64_t>& dump) {
    for (auto& [cookie, times] : seen_) times = 0;
    for (const std::uint64_t cookie : dump) {
      const auto known = seen_.find(cookie);
      if (known != seen_.end()) ++known->second;
    }
    for (const auto& [cookie, times] : seen_) {
      if (times == 0) ++missed_;
      if (times > 1) ++doubled_;
    }
  }

  std::size_t size() const { return seen_.size(); }
  int missed() const { return missed_; }
  int doubled() const { return doubled_; }

 private:
  std::unordered_map<std::uint64_t, int> seen_;
  int missed_ = 0;
  int doubled_ = 0;
};

class StablePopulation : public Sampled {
 protected:
  static constexpr int kProcesses = 4;

  void settle(const Share& share) {
    share_ = share;
    for (int i = 0; i < kProcesses; ++i) {
      processes_.push_back(std::make_unique<TestProcess>(ProcessOptions{.name = name_of(i)},
                                                         [&](Child& me) { hold(me, share_); }));
    }
  }

  void expect_all_counted(const Exposition& seen) const {
    for (int i = 0; i < kProcesses; ++i) {
      const Labels mine = {{"process", name_of(i)}};
      EXPECT_EQ(seen.sum("sockwatch_process_sockets", mine), share_.sockets());
      EXPECT_EQ(seen.sum("sockwatch_listener_sockets", mine), share_.listeners);
    }
  }

  void expect_no_listener_gone() {
    for (const ListenerEvent& event : sampler().events()) {
      EXPECT_NE(event.kind, ListenerEvent::Kind::gone) << event.owner.process;
      EXPECT_NE(event.kind, ListenerEvent::Kind::owner_changed) << event.previous.process;
    }
  }

 private:
  static std::string name_of(int number) { return "stable" + std::to_string(number); }

  Share share_;
  std::vector<std::unique_ptr<TestProcess>> processes_;
};

TEST_F(StablePopulation, IsNeverMissedOrDoubledUnderChurn) {
  const Share share{.connections = scaled(250, 5'000), .listeners = 20, .udp = scaled(50, 500)};
  const int dumps = scaled(40, 600);
  settle(share);
  RollCall roll_call(dumped_cookies());
  ASSERT_EQ(roll_call.size(), static_cast<std::size_t>(kProcesses * share.sockets()));
  sample();

  const Churn churn(5'000);
  const auto start = std::chrono::steady_clock::now();
  std::size_t rows = 0;
  for (int dump = 0; dump < dumps; ++dump) {
    const auto cookies = dumped_cookies();
    rows += cookies.size();
    roll_call.take(cookies);
    expect_all_counted(sample());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%d dumps with %zu rows beside %.0f connections/s: %d missed, %d doubled\n", dumps,
              rows, static_cast<double>(churn.connections()) / took.count(), roll_call.missed(),
              roll_call.doubled());
  EXPECT_GT(churn.connections(), static_cast<std::uint64_t>(dumps));
  EXPECT_EQ(roll_call.missed(), 0);
  EXPECT_EQ(roll_call.doubled(), 0);
  expect_no_listener_gone();
}

}  // namespace
}  // namespace sockwatch::test
