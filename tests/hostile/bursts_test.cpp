// Thousands of sockets that appear and disappear together: nothing of them is left afterwards.
#include <gtest/gtest.h>

#include "hostile/connect.h"
#include "hostile/scale.h"
#include "hostile/self.h"
#include "kernel/sampled.h"
#include "support/process.h"

namespace sockwatch::test {
namespace {

constexpr std::uint16_t kAnchorPort = 9'999;
constexpr std::uint16_t kFirstPort = 10'000;

/// A fifth each: listeners, UDP servers, UDP clients, and both ends of connections, which leave no
/// minisockets behind.
std::vector<OwnedFd> open_sockets(const TestSocket& anchor, int sockets) {
  std::vector<OwnedFd> all;
  for (int i = 0; i < sockets / 5; ++i) {
    const auto port = static_cast<std::uint16_t>(kFirstPort + i);
    all.push_back(tcp_listen("127.0.0.1", port).fd);
    all.push_back(udp_bind("127.0.0.1", port).fd);
    all.push_back(udp_connect("127.0.0.1", port).fd);
    Ends ends = connect_to(anchor);
    reset_at_end(ends.client);
    all.push_back(std::move(ends.client));
    all.push_back(std::move(ends.server));
  }
  return all;
}

std::string step(const char* what, int burst) {
  return what + std::to_string(burst);
}

void live_in_bursts(Child& me, int bursts, int sockets) {
  const TestSocket anchor = tcp_listen("127.0.0.1", kAnchorPort);
  me.ready();
  for (int burst = 0; burst < bursts; ++burst) {
    me.wait_for(step("open", burst));
    std::vector<OwnedFd> all = open_sockets(anchor, sockets);
    me.reach(step("opened", burst));
    me.wait_for(step("close", burst));
    all.clear();
    me.reach(step("closed", burst));
  }
  me.wait();
}

struct Usage {
  std::size_t heap = heap_in_use();
  std::size_t resident = resident_bytes();
  std::size_t descriptors = open_descriptors();
};

class Bursts : public Sampled {
 protected:
  void expect_sockets(int sockets) {
    const Exposition seen = sample();
    EXPECT_EQ(seen.sum("sockwatch_sockets"), sockets);
    EXPECT_EQ(seen.sum("sockwatch_process_sockets", {{"process", "bursts"}}), sockets);
    EXPECT_EQ(sampler().sampler().collector().owners().sockets(),
              static_cast<std::size_t>(sockets));
  }

  void watch_burst(TestProcess& process, int burst, int sockets) {
    process.go(step("open", burst));
    sample();  // while they are being opened
    process.until(step("opened", burst));
    expect_sockets(sockets + 1);

    process.go(step("close", burst));
    sample();  // while they are being closed
    process.until(step("closed", burst));
    expect_sockets(1);
    EXPECT_EQ(sample().sum("sockwatch_listener_sockets"), 1);
    sampler().forget_events();
  }
};

TEST_F(Bursts, Of100000SocketsLeaveNothingBehind) {
  const int bursts = scaled(6, 20);
  const int sockets = scaled(500, 5'000);
  TestProcess process({.name = "bursts"}, [&](Child& me) { live_in_bursts(me, bursts, sockets); });
  watch_burst(process, 0, sockets);
  watch_burst(process, 1, sockets);
  const Usage before;
  for (int burst = 2; burst < bursts; ++burst) watch_burst(process, burst, sockets);
  const Usage after;
  std::printf("%d sockets: heap %zu then %zu bytes, resident %zu then %zu\n", bursts * sockets,
              before.heap, after.heap, before.resident, after.resident);
  EXPECT_EQ(after.descriptors, before.descriptors);
  if (kMemoryIsMeasurable) {
    EXPECT_LE(after.heap, before.heap + 64 * 1024);
    EXPECT_LE(after.resident, before.resident + 1024 * 1024);
  }
}

}  // namespace
}  // namespace sockwatch::test
