#include "sockets/interfaces.h"

#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "support/messages.h"

namespace sockwatch::test {
namespace {

Interfaces with_links(const std::vector<LinkMessage>& links) {
  Interfaces interfaces;
  for (const LinkMessage& link : links) EXPECT_TRUE(interfaces.add_link(link_message(link)));
  interfaces.finish();
  return interfaces;
}

Interfaces with_addresses(const std::vector<AddressMessage>& addresses) {
  Interfaces interfaces;
  for (const AddressMessage& address : addresses) {
    EXPECT_TRUE(interfaces.add_address(address_message(address)));
  }
  interfaces.finish();
  return interfaces;
}

TEST(Interfaces, ReadLinks) {
  const Interfaces interfaces = with_links({{.index = 1, .name = "lo", .loopback = true},
                                            {.index = 2, .name = "eth0", .master = 3},
                                            {.index = 3, .name = "br0", .up = false}});
  ASSERT_EQ(interfaces.links().size(), 3U);
  const Interface& port = interfaces.links().at(2);
  EXPECT_TRUE(port.up);
  EXPECT_FALSE(port.loopback);
  EXPECT_EQ(port.master, 3U);
  EXPECT_FALSE(interfaces.links().at(3).up);
  EXPECT_TRUE(interfaces.is_loopback(1));
  EXPECT_FALSE(interfaces.is_loopback(2));
  EXPECT_FALSE(interfaces.is_loopback(0));
  EXPECT_FALSE(interfaces.is_loopback(99));
}

TEST(Interfaces, AreNamedAlsoWhenTheyAreGone) {
  const Interfaces interfaces =
      with_links({{.index = 2, .name = "eth0"}, {.index = 3, .name = "a\n\xff"}});
  EXPECT_EQ(interfaces.name(0), "");
  EXPECT_EQ(interfaces.name(2), "eth0");
  EXPECT_EQ(interfaces.name(3), "a\\x0a\\xff");
  EXPECT_EQ(interfaces.name(77), "if77");
}

TEST(Interfaces, KnowWhenOnlyLoopbackIsUp) {
  EXPECT_TRUE(with_links({{.name = "lo", .loopback = true}}).only_loopback_up());
  EXPECT_TRUE(with_links({{.index = 1, .name = "lo", .loopback = true},
                          {.index = 2, .name = "eth0", .up = false}})
                  .only_loopback_up());
  EXPECT_FALSE(
      with_links({{.index = 1, .name = "lo", .loopback = true}, {.index = 2, .name = "eth0"}})
          .only_loopback_up());
  EXPECT_FALSE(Interfaces().only_loopback_up());  // nothing is known
}

TEST(Interfaces, KnowWhichAddressesAreLocal) {
  const Interfaces interfaces = with_addresses({{.interface = 2, .address = "203.0.113.1"},
                                                {.interface = 2, .address = "2001:db8::1"},
                                                {.interface = 2, .address = "fe80::1"},
                                                {.interface = 3, .address = "10.0.0.1"}});
  for (const char* text : {"203.0.113.1", "::ffff:203.0.113.1", "2001:db8::1", "fe80::1",
                           "10.0.0.1", "127.0.0.1", "127.9.9.9", "::1"}) {
    EXPECT_TRUE(interfaces.is_local(ip(text))) << text;
  }
  for (const char* text : {"203.0.113.2", "2001:db8::2", "fe80::2", "0.0.0.0", "::", "::2"}) {
    EXPECT_FALSE(interfaces.is_local(ip(text))) << text;
  }
  EXPECT_EQ(interfaces.addresses().size(), 4U);
}

TEST(Interfaces, FarEndOfATunnelIsNotLocal) {
  const Interfaces interfaces =
      with_addresses({{.interface = 4, .address = "10.8.0.1", .peer = "10.8.0.2"},
                      {.interface = 4, .address = "fd00::1", .peer = "fd00::2"}});
  EXPECT_TRUE(interfaces.is_local(ip("10.8.0.1")));
  EXPECT_FALSE(interfaces.is_local(ip("10.8.0.2")));
  EXPECT_TRUE(interfaces.is_local(ip("fd00::1")));
  EXPECT_FALSE(interfaces.is_local(ip("fd00::2")));
}

TEST(Interfaces, KnowBroadcastAddresses) {
  const Interfaces interfaces = with_addresses(
      {{.interface = 2, .address = "10.9.0.1", .broadcast = "10.9.0.255"}, {.interface = 3}});
  EXPECT_TRUE(interfaces.is_broadcast(ip("10.9.0.255")));
  EXPECT_TRUE(interfaces.is_broadcast(ip("255.255.255.255")));
  EXPECT_FALSE(interfaces.is_broadcast(ip("10.9.0.1")));
  EXPECT_FALSE(interfaces.is_local(ip("10.9.0.255")));
}

TEST(Interfaces, AddressesOfOtherFamiliesArePassedOver) {
  Buffer message = address_message({.address = "10.0.0.1"});
  message[0] = std::byte{AF_PACKET};
  Interfaces interfaces;
  EXPECT_TRUE(interfaces.add_address(message));
  EXPECT_TRUE(interfaces.addresses().empty());
}

TEST(Interfaces, AddressesOfAWrongSizeArePassedOver) {
  for (const std::size_t size : {0U, 3U, 5U, 16U}) {
    Buffer message = address_message({.address = "10.0.0.1"});
    message.resize(sizeof(ifaddrmsg));
    const Buffer value(size);
    const Buffer whole = joined({message, attribute(IFA_LOCAL, Bytes(value))});
    Interfaces interfaces;
    EXPECT_TRUE(interfaces.add_address(whole)) << size;
    EXPECT_TRUE(interfaces.addresses().empty()) << size;
  }
}

TEST(Interfaces, ALinkWithoutANumberIsAnError) {
  Interfaces interfaces;
  EXPECT_FALSE(interfaces.add_link(link_message({.index = 0})));
  EXPECT_FALSE(interfaces.add_link(link_message({.index = -1})));
}

/// Every size but those at which the message ends between two attributes.
TEST(Interfaces, CutMessagesAreErrors) {
  const Buffer link = link_message({.index = 2, .name = "eth", .master = 3});
  const Buffer address = address_message({.address = "10.0.0.1", .broadcast = "10.0.0.255"});
  for (std::size_t size = 0; size < link.size(); ++size) {
    const bool between = (size >= 16 && size < 20) || (size >= 24 && size < 28);
    EXPECT_EQ(Interfaces().add_link(Bytes(link).first(size)), between) << size;
  }
  for (std::size_t size = 0; size < address.size(); ++size) {
    const bool between = size >= 8 && size % 8 < 4;
    EXPECT_EQ(Interfaces().add_address(Bytes(address).first(size)), between) << size;
  }
}

TEST(Interfaces, AttributesThatLeaveTheirBoundsAreErrors) {
  for (const std::uint16_t length : std::initializer_list<std::uint16_t>{0, 3, 200, 0xffff}) {
    Buffer link = link_message({.index = 2});
    std::memcpy(link.data() + sizeof(ifinfomsg), &length, sizeof(length));
    EXPECT_FALSE(Interfaces().add_link(link)) << length;
    Buffer address = address_message({});
    std::memcpy(address.data() + sizeof(ifaddrmsg), &length, sizeof(length));
    EXPECT_FALSE(Interfaces().add_address(address)) << length;
  }
}

}  // namespace
}  // namespace sockwatch::test
