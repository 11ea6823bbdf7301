// Whose a connection is that one process hands to another.
#include <gtest/gtest.h>

#include "kernel/sampled.h"
#include "support/process.h"
#include "support/tcp_pairs.h"

namespace sockwatch::test {
namespace {

using Handover = Sampled;

/// Accepts a connection, and gives the accepted end away.
void accept_and_give(Child& me) {
  const TestSocket listener = tcp_listen("127.0.0.1", 8080);
  TcpPair pair = tcp_established(listener);
  me.ready();
  me.wait_for("give");
  me.send_socket(pair.server.fd);
  pair.server.fd = {};
  me.reach("given");
  me.wait();
}

void take(Child& me) {
  me.ready();
  const OwnedFd socket = me.receive_socket();
  me.reach("taken");
  me.wait();
}

void hand_over(TestProcess& giver, TestProcess& taker) {
  giver.go("give");
  {
    const OwnedFd passed = giver.receive_socket();
    taker.send_socket(passed.get());
  }
  giver.until("given");
  taker.until("taken");
}

double connections_of(const Exposition& seen, const std::string& process) {
  return seen.sum("sockwatch_process_sockets", {{"process", process}, {"state", "established"}});
}

TEST_F(Handover, OfANewSocketToAnotherServiceIsRightWithinAMinute) {
  if (const auto missing = TestCgroup::missing(); !missing.empty()) GTEST_SKIP() << missing;
  const TestCgroup front("front.service");
  const TestCgroup back("back.service");
  TestProcess giver({.name = "front", .cgroup = &front}, accept_and_give);
  TestProcess taker({.name = "back", .cgroup = &back}, take);
  hand_over(giver, taker);
  EXPECT_EQ(connections_of(sample(), "front"), 2) << "all of its service are called so";
  for (int i = 0; i < 10; ++i) sample();
  const Exposition seen = sample();
  EXPECT_EQ(connections_of(seen, "front"), 1);
  EXPECT_EQ(connections_of(seen, "back"), 1);
}

TEST_F(Handover, OfAKnownSocketIsSeenWhileTheFirstHolderLives) {
  TestProcess giver({.name = "giver"}, accept_and_give);
  TestProcess taker({.name = "taker"}, take);
  EXPECT_EQ(connections_of(sample(), "giver"), 2);
  hand_over(giver, taker);
  for (int i = 0; i < 20; ++i) sample();
  const Exposition seen = sample();
  EXPECT_EQ(connections_of(seen, "giver"), 1);
  EXPECT_EQ(connections_of(seen, "taker"), 1);
}

}  // namespace
}  // namespace sockwatch::test
