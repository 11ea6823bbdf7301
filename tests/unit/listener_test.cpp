#include "sockets/listener.h"

#include <gtest/gtest.h>

#include "support/messages.h"

namespace sockwatch::test {
namespace {

using std::chrono::seconds;

constexpr seconds kMinimumAge{10};
constexpr PortRange kEphemeral{20000, 30000};
using Ports = std::initializer_list<std::uint16_t>;

SocketRecord udp_on(std::uint16_t port) {
  SocketRecord record;
  record.protocol = Protocol::udp;
  record.state = State::unconnected;
  record.local = at("0.0.0.0", port);
  return record;
}

bool serves(const SocketRecord& record, seconds age = seconds(0),
            PortChooser chooser = PortChooser::program) {
  return is_udp_server(record, chooser, age, kMinimumAge, kEphemeral);
}

TEST(UdpServer, OnAPortThatNoClientGetsServesAtOnce) {
  for (const auto port : Ports{53, 5353, 19999, 30001, 32767}) {
    EXPECT_TRUE(serves(udp_on(port))) << port;
  }
}

TEST(UdpServer, WhereAResolverMayBeServesOnceItStayed) {
  for (const auto port : Ports{20000, 25000, 30000, 32768, 65535}) {
    EXPECT_FALSE(serves(udp_on(port))) << port;
    EXPECT_FALSE(serves(udp_on(port), kMinimumAge - seconds(1))) << port;
    EXPECT_TRUE(serves(udp_on(port), kMinimumAge)) << port;
  }
}

TEST(UdpServer, NeverOnAPortThatTheKernelChose) {
  EXPECT_FALSE(serves(udp_on(53), kMinimumAge, PortChooser::kernel));
  EXPECT_FALSE(serves(udp_on(40000), kMinimumAge, PortChooser::kernel));
}

TEST(UdpServer, NeverWithAPeer) {
  SocketRecord record = udp_on(53);
  record.remote = at("192.0.2.1", 53);
  EXPECT_FALSE(serves(record, kMinimumAge));
  record.state = State::connected;
  EXPECT_FALSE(serves(record, kMinimumAge));
}

TEST(UdpServer, IsNeverATcpSocket) {
  SocketRecord record = udp_on(53);
  record.protocol = Protocol::tcp;
  for (const State state : {State::listen, State::bound_inactive}) {
    record.state = state;
    EXPECT_FALSE(serves(record, kMinimumAge));
  }
}

}  // namespace
}  // namespace sockwatch::test
