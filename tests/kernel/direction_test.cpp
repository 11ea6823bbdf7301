// Which end serves, and on which port.
#include <gtest/gtest.h>

#include "kernel/sampled.h"
#include "support/tcp_pairs.h"

namespace sockwatch::test {
namespace {

constexpr const char* kPorts = "sockwatch_port_sockets";

using Directions = Sampled;

double count(const Exposition& seen, const char* direction, const std::string& port,
             const char* state) {
  return seen.sum(kPorts, {{"direction", direction}, {"port", port}, {"state", state}});
}

TEST_F(Directions, OfBothEndsOfALoopbackConnectionAreTheServersPort) {
  const TestSocket listener = tcp_listen("127.0.0.1", 8080);
  const TcpPair pair = tcp_established(listener);
  const Exposition seen = sample();
  EXPECT_EQ(count(seen, "inbound", "8080", "listen"), 1);
  EXPECT_EQ(count(seen, "inbound", "8080", "established"), 1);
  EXPECT_EQ(count(seen, "outbound", "8080", "established"), 1);
}

TEST_F(Directions, AreTheSameForAServerOnAnEphemeralPort) {
  const TestSocket listener = tcp_listen("127.0.0.1", 40000);
  const TcpPair pair = tcp_established(listener);
  const Exposition seen = sample();
  EXPECT_EQ(count(seen, "inbound", "40000", "established"), 1);
  EXPECT_EQ(count(seen, "outbound", "40000", "established"), 1);
}

TEST_F(Directions, SurviveTheListener) {
  TestSocket listener = tcp_listen("127.0.0.1", 40000);
  const TcpPair pair = tcp_established(listener);
  sample();
  listener.fd = {};
  for (int i = 0; i < 3; ++i) {
    const Exposition seen = sample();
    EXPECT_EQ(count(seen, "inbound", "40000", "established"), 1);
    EXPECT_EQ(count(seen, "outbound", "40000", "established"), 1);
  }
}

TEST_F(Directions, OfIpv4ClientsOfADualStackListener) {
  const TestSocket listener = tcp_listen("::", 8080);
  const TcpPair pair = tcp_established(listener, "127.0.0.1");
  const Exposition seen = sample();
  EXPECT_EQ(count(seen, "inbound", "8080", "established"), 1);
  EXPECT_EQ(count(seen, "outbound", "8080", "established"), 1);
}

TEST_F(Directions, NoneWithoutAPeer) {
  const TestSocket idle = tcp_bound_inactive("127.0.0.1", 9000);
  const Exposition seen = sample();
  EXPECT_EQ(count(seen, "none", "", "bound_inactive"), 1);
}

TEST_F(Directions, OfUdpServersAndTheirConnectedClients) {
  const TestSocket server = udp_bind("127.0.0.1", 5353);
  const TestSocket client = udp_connect("127.0.0.1", 5353);
  const TestSocket elsewhere = udp_connect("127.0.0.1", 53);
  const Exposition seen = sample();
  EXPECT_EQ(count(seen, "inbound", "5353", "unconnected"), 1);
  EXPECT_EQ(count(seen, "outbound", "5353", "connected"), 1);
  EXPECT_EQ(count(seen, "outbound", "53", "connected"), 1);
}

TEST_F(Directions, OfATimeWaitEnd) {
  const TestSocket listener = tcp_listen("127.0.0.1", 8080);
  const TcpPair pair = tcp_time_wait(listener);
  EXPECT_EQ(count(sample(), "outbound", "8080", "time_wait"), 1);
}

}  // namespace
}  // namespace sockwatch::test
