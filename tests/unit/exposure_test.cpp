#include "sockets/exposure.h"

#include <gtest/gtest.h>

#include "support/messages.h"

namespace sockwatch::test {
namespace {

constexpr std::uint32_t kLo = 1;
constexpr std::uint32_t kEth = 2;   // public, private and link-local addresses
constexpr std::uint32_t kLan = 3;   // private addresses only
constexpr std::uint32_t kBare = 4;  // no address
constexpr std::uint32_t kV6 = 5;    // a public address in IPv6, a private one in IPv4
constexpr std::uint32_t kVrf = 6;   // no address of its own, but its port has
constexpr std::uint32_t kPort = 7;
constexpr std::uint32_t kLocal = 8;  // a link-local address only

Interfaces make_interfaces() {
  Interfaces interfaces;
  for (const LinkMessage& link :
       std::vector<LinkMessage>{{.index = 1, .loopback = true},
                                {.index = 2, .name = "eth0"},
                                {.index = 3, .name = "lan0"},
                                {.index = 4, .name = "bare0"},
                                {.index = 5, .name = "six0"},
                                {.index = 6, .name = "vrf0"},
                                {.index = 7, .name = "port0", .master = 6},
                                {.index = 8, .name = "local0"}}) {
    EXPECT_TRUE(interfaces.add_link(link_message(link)));
  }
  for (const AddressMessage& address : std::vector<AddressMessage>{
           {.interface = kLo, .address = "127.0.0.1"},
           {.interface = kLo, .address = "::1"},
           {.interface = kEth, .address = "203.0.113.1", .broadcast = "203.0.113.255"},
           {.interface = kEth, .address = "10.9.0.1", .broadcast = "10.9.0.255"},
           {.interface = kEth, .address = "2001:db8::1"},
           {.interface = kEth, .address = "fe80::1"},
           {.interface = kLan, .address = "192.168.1.1", .broadcast = "192.168.1.255"},
           {.interface = kLan, .address = "fe80::2"},
           {.interface = kV6, .address = "10.5.0.1"},
           {.interface = kV6, .address = "2001:db8:5::1"},
           {.interface = kPort, .address = "198.51.100.1"},
           {.interface = kLocal, .address = "fe80::3"}}) {
    EXPECT_TRUE(interfaces.add_address(address_message(address)));
  }
  interfaces.finish();
  return interfaces;
}

SocketRecord bound(const std::string& address, std::uint32_t interface = 0, bool v6only = false) {
  SocketRecord record;
  record.state = State::listen;
  record.family = address.find(':') == std::string::npos ? Family::ipv4 : Family::ipv6;
  record.local = at(address, 80);
  record.interface = interface;
  record.v6only = v6only;
  return record;
}

struct Place {
  const char* address;
  Exposure exposure;
};

TEST(Exposure, OfEachKindOfAddress) {
  const Interfaces interfaces = make_interfaces();
  const Place places[] = {
      {"0.0.0.0", Exposure::wildcard},           {"::", Exposure::wildcard},
      {"::ffff:0.0.0.0", Exposure::wildcard},    {"127.0.0.1", Exposure::loopback},
      {"127.255.255.255", Exposure::loopback},   {"126.255.255.255", Exposure::nonlocal},
      {"128.0.0.0", Exposure::nonlocal},         {"::1", Exposure::loopback},
      {"::ffff:127.0.0.1", Exposure::loopback},  {"203.0.113.1", Exposure::public_},
      {"::ffff:203.0.113.1", Exposure::public_}, {"2001:db8::1", Exposure::public_},
      {"203.0.113.2", Exposure::nonlocal},       {"::ffff:203.0.113.2", Exposure::nonlocal},
      {"2001:db8::2", Exposure::nonlocal},       {"::2", Exposure::nonlocal},
      {"0.0.0.1", Exposure::nonlocal},
  };
  for (const auto& [address, exposure] : places) {
    EXPECT_EQ(name(exposure_of(bound(address), interfaces)), name(exposure)) << address;
  }
}

TEST(Exposure, OfTheEdgesOfPrivateNetworks) {
  const Interfaces interfaces = make_interfaces();
  for (const char* address : {"10.0.0.0", "10.9.0.1", "10.255.255.255", "172.16.0.0",
                              "172.31.255.255", "192.168.0.0", "192.168.255.255", "100.64.0.0",
                              "100.127.255.255", "fc00::", "fdff:ffff::1", "::ffff:10.0.0.1"}) {
    EXPECT_EQ(name(exposure_of(bound(address), interfaces)), "private") << address;
  }
  for (const char* address :
       {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
        "192.169.0.0", "100.63.255.255", "100.128.0.0", "fbff::1", "fe00::1"}) {
    EXPECT_EQ(name(exposure_of(bound(address), interfaces)), "nonlocal") << address;
  }
}

TEST(Exposure, OfTheEdgesOfLinkLocalAndMulticast) {
  const Interfaces interfaces = make_interfaces();
  for (const char* address : {"169.254.0.0", "169.254.255.255", "fe80::1", "febf:ffff::1"}) {
    EXPECT_EQ(name(exposure_of(bound(address), interfaces)), "link_local") << address;
  }
  for (const char* address : {"224.0.0.0", "224.0.0.251", "239.255.255.255", "ff00::", "ff02::fb",
                              "::ffff:224.0.0.251", "255.255.255.255"}) {
    EXPECT_EQ(name(exposure_of(bound(address), interfaces)), "multicast") << address;
  }
  for (const char* address : {"169.253.255.255", "169.255.0.0", "fe7f::1", "fec0::1",
                              "223.255.255.255", "240.0.0.0", "feff::1"}) {
    EXPECT_EQ(name(exposure_of(bound(address), interfaces)), "nonlocal") << address;
  }
}

TEST(Exposure, BroadcastAddressesComeBeforeTheNetworksThatTheyAreIn) {
  const Interfaces interfaces = make_interfaces();
  for (const char* address : {"10.9.0.255", "192.168.1.255", "203.0.113.255"}) {
    EXPECT_EQ(name(exposure_of(bound(address), interfaces)), "multicast") << address;
  }
  EXPECT_EQ(name(exposure_of(bound("10.9.1.255"), interfaces)), "private");
}

TEST(Exposure, BoundToLoIsLoopbackWhateverTheAddress) {
  const Interfaces interfaces = make_interfaces();
  for (const char* address : {"0.0.0.0", "::", "203.0.113.1", "10.9.0.1", "224.0.0.1"}) {
    EXPECT_EQ(name(exposure_of(bound(address, kLo), interfaces)), "loopback") << address;
  }
}

struct Device {
  const char* address;
  std::uint32_t interface;
  bool v6only;
  const char* exposure;
};

TEST(Exposure, OfAWildcardOnADeviceIsTheWidestOfTheAddressesThatReachIt) {
  const Interfaces interfaces = make_interfaces();
  const Device devices[] = {
      {"0.0.0.0", kEth, false, "public"},
      {"::", kEth, false, "public"},
      {"::ffff:0.0.0.0", kEth, false, "public"},
      {"0.0.0.0", kLan, false, "private"},
      {"::", kLan, false, "private"},
      {"::", kLan, true, "link_local"},  // IPv6 only, where the device has fe80::2 alone
      {"0.0.0.0", kV6, false, "private"},
      {"::ffff:0.0.0.0", kV6, false, "private"},
      {"::", kV6, false, "public"},
      {"::", kV6, true, "public"},
      {"0.0.0.0", kBare, false, "link_local"},
      {"::", kBare, false, "link_local"},
      {"0.0.0.0", kLocal, false, "link_local"},
      {"0.0.0.0", kVrf, false, "public"},    // reached through its port
      {"0.0.0.0", 99, false, "link_local"},  // a device that is gone
  };
  for (const auto& [address, interface, v6only, exposure] : devices) {
    EXPECT_EQ(name(exposure_of(bound(address, interface, v6only), interfaces)), exposure)
        << address << " on " << interface;
  }
}

TEST(Exposure, OfAnAddressOnADeviceIsThatOfTheAddress) {
  const Interfaces interfaces = make_interfaces();
  EXPECT_EQ(name(exposure_of(bound("203.0.113.1", kEth), interfaces)), "public");
  EXPECT_EQ(name(exposure_of(bound("10.9.0.1", kEth), interfaces)), "private");
  EXPECT_EQ(name(exposure_of(bound("fe80::1", kEth), interfaces)), "link_local");
  EXPECT_EQ(name(exposure_of(bound("127.0.0.1", kEth), interfaces)), "loopback");
  EXPECT_EQ(name(exposure_of(bound("192.0.2.99", kEth), interfaces)), "nonlocal");
}

TEST(Exposure, IsLoopbackForAllWhenNoOtherInterfaceIsUp) {
  Interfaces interfaces;
  interfaces.add_link(link_message({.index = 1, .loopback = true}));
  interfaces.add_link(link_message({.index = 2, .name = "eth0", .up = false}));
  interfaces.add_address(address_message({.interface = 2, .address = "203.0.113.1"}));
  interfaces.finish();
  for (const char* address : {"0.0.0.0", "::", "203.0.113.1", "192.0.2.99", "10.0.0.1"}) {
    EXPECT_EQ(name(exposure_of(bound(address), interfaces)), "loopback") << address;
    EXPECT_EQ(name(exposure_of(bound(address, kEth), interfaces)), "loopback") << address;
  }
}

TEST(Exposure, IsPublicRatherThanNonlocalWhileNoInterfaceIsKnown) {
  EXPECT_EQ(name(exposure_of(bound("203.0.113.1"), {})), "public");
  EXPECT_EQ(name(exposure_of(bound("0.0.0.0"), {})), "wildcard");
  EXPECT_EQ(name(exposure_of(bound("127.0.0.1"), {})), "loopback");
}

TEST(DualStack, IsTheIpv6WildcardThatTakesIpv4Too) {
  EXPECT_TRUE(is_dual_stack(bound("::")));
  EXPECT_FALSE(is_dual_stack(bound("::", 0, true)));
  EXPECT_FALSE(is_dual_stack(bound("::ffff:0.0.0.0")));
  EXPECT_FALSE(is_dual_stack(bound("0.0.0.0")));
  EXPECT_FALSE(is_dual_stack(bound("::1")));
}

}  // namespace
}  // namespace sockwatch::test
