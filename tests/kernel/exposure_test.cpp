// Who can reach a listener: real binds on real devices.
#include <gtest/gtest.h>

#include "kernel/sampled.h"
#include "support/population.h"

namespace sockwatch::test {
namespace {

constexpr const char* kListeners = "sockwatch_listener_sockets";

class ListenerExposure : public Sampled {
 protected:
  void SetUp() override {
    Sampled::SetUp();
    if (!IsSkipped()) netns().add_veth("v0", "10.9.0.1/24", "2001:db8::1/64");
  }

  /// The exposure of the only listener on this port, and its other labels as "family address
  /// interface dual_stack".
  std::string exposure(const TestSocket& socket) {
    return sample().label("exposure", kListeners, port_labels(socket.facts));
  }
  std::string place(const TestSocket& socket) {
    const auto found = sample().select(kListeners, port_labels(socket.facts));
    if (found.size() != 1) return "<" + std::to_string(found.size()) + ">";
    const Labels& labels = found[0].labels;
    return labels.at("family") + " " + labels.at("address") + " " + labels.at("interface") + " " +
           labels.at("dual_stack");
  }
};

TEST_F(ListenerExposure, OfWildcards) {
  EXPECT_EQ(exposure(tcp_listen("0.0.0.0", 1001)), "wildcard");
  EXPECT_EQ(exposure(tcp_listen("::", 1002)), "wildcard");
  EXPECT_EQ(exposure(tcp_listen("::", 1003, {.v6only = true})), "wildcard");
  EXPECT_EQ(exposure(tcp_listen("::ffff:0.0.0.0", 1004)), "wildcard");
}

TEST_F(ListenerExposure, OfSpecificAddresses) {
  EXPECT_EQ(exposure(tcp_listen("127.0.0.1", 1001)), "loopback");
  EXPECT_EQ(exposure(tcp_listen("127.5.6.7", 1002)), "loopback");
  EXPECT_EQ(exposure(tcp_listen("::1", 1003)), "loopback");
  EXPECT_EQ(exposure(tcp_listen("::ffff:127.0.0.1", 1004)), "loopback");
  EXPECT_EQ(exposure(tcp_listen("10.9.0.1", 1005)), "private");
  EXPECT_EQ(exposure(tcp_listen("2001:db8::1", 1006)), "public");
  EXPECT_EQ(exposure(tcp_listen("192.0.2.99", 1007, {.freebind = true})), "nonlocal");
  EXPECT_EQ(exposure(tcp_listen("192.0.2.98", 1008, {.transparent = true})), "nonlocal");
}

TEST_F(ListenerExposure, OfUdpGroups) {
  EXPECT_EQ(exposure(udp_bind("224.0.0.251", 1001)), "multicast");
  EXPECT_EQ(exposure(udp_bind("10.9.0.255", 1002)), "multicast");
  EXPECT_EQ(exposure(udp_bind("255.255.255.255", 1003)), "multicast");
}

TEST_F(ListenerExposure, OfAWildcardOnADeviceIsTheDevices) {
  EXPECT_EQ(exposure(tcp_listen("0.0.0.0", 1001, {.device = "lo"})), "loopback");
  EXPECT_EQ(exposure(tcp_listen("0.0.0.0", 1002, {.device = "v0"})), "private");
  EXPECT_EQ(exposure(tcp_listen("::", 1003, {.device = "v0"})), "public");
  EXPECT_EQ(exposure(tcp_listen("0.0.0.0", 1004, {.device = "v0p"})), "link_local");
}

TEST_F(ListenerExposure, IsLoopbackWhereNothingElseIsUp) {
  const TestNamespace lonely;
  lonely.run([] {
    const TestSocket socket = tcp_listen("0.0.0.0", 1001);
    TestSampler sampler;
    EXPECT_EQ(sampler.sample().label("exposure", kListeners, port_labels(socket.facts)),
              "loopback");
  });
}

TEST_F(ListenerExposure, ComesWithTheAddressUnmappedAndTheKernelsFamily) {
  EXPECT_EQ(place(tcp_listen("::", 1001)), "ipv6 ::  true");
  EXPECT_EQ(place(tcp_listen("::", 1002, {.v6only = true})), "ipv6 ::  false");
  EXPECT_EQ(place(tcp_listen("::ffff:0.0.0.0", 1003)), "ipv6 0.0.0.0  false");
  EXPECT_EQ(place(tcp_listen("::ffff:127.0.0.1", 1004)), "ipv6 127.0.0.1  false");
  EXPECT_EQ(place(tcp_listen("0.0.0.0", 1005, {.device = "v0"})), "ipv4 0.0.0.0 v0 false");
}

TEST_F(ListenerExposure, FollowsAnInterfaceThatComesUp) {
  const TestNamespace lonely;
  lonely.run([&] {
    const TestSocket socket = tcp_listen("0.0.0.0", 1001);
    TestSampler sampler;
    sampler.sample();
    lonely.add_veth("v0", "10.9.0.1/24");
    EXPECT_EQ(sampler.sample_listeners().label("exposure", kListeners, port_labels(socket.facts)),
              "wildcard");
  });
}

}  // namespace
}  // namespace sockwatch::test
