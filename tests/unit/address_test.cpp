#include "sockets/address.h"

#include <gtest/gtest.h>

#include "support/messages.h"

namespace sockwatch::test {
namespace {

TEST(AddressText, IsWhatPeopleWrite) {
  for (const std::string text : {"0.0.0.0", "10.0.0.1", "255.255.255.255", "::", "::1",
                                 "2001:db8::1", "fe80::1234:5678:9abc:def0", "1::2:3"}) {
    EXPECT_EQ(to_string(ip(text)), text);
  }
}

TEST(AddressText, EndpointsOfIpv6HaveBracketsAndNoPortIsAStar) {
  EXPECT_EQ(to_string(at("10.0.0.1", 80)), "10.0.0.1:80");
  EXPECT_EQ(to_string(at("::1", 65535)), "[::1]:65535");
  EXPECT_EQ(to_string(at("0.0.0.0", 0)), "0.0.0.0:*");
  EXPECT_EQ(to_string(at("::", 0)), "[::]:*");
}

TEST(Address, MappedOnesAreIpv4) {
  EXPECT_EQ(ip("::ffff:10.0.0.1"), ip("10.0.0.1"));
  EXPECT_EQ(ip("::ffff:0.0.0.0"), ip("0.0.0.0"));
  EXPECT_EQ(ip("::ffff:10.0.0.1").family, Family::ipv4);
  // Neither the deprecated compatible form nor other prefixes.
  EXPECT_EQ(ip("::10.0.0.1").family, Family::ipv6);
  EXPECT_EQ(ip("::fffe:10.0.0.1").family, Family::ipv6);
  EXPECT_EQ(ip("64:ff9b::10.0.0.1").family, Family::ipv6);
  EXPECT_EQ(ip("::1:ffff:10.0.0.1").family, Family::ipv6);
}

TEST(Address, Ipv4ReadsOnlyItsFourBytes) {
  const std::uint8_t bytes[4] = {192, 0, 2, 1};
  EXPECT_EQ(to_string(make_address(Family::ipv4, bytes)), "192.0.2.1");
}

TEST(Address, UnspecifiedOnlyWhenAllBytesAreZero) {
  for (const char* text : {"0.0.0.0", "::", "::ffff:0.0.0.0"}) {
    EXPECT_TRUE(is_unspecified(ip(text))) << text;
  }
  for (const char* text : {"0.0.0.1", "1.0.0.0", "::1", "100::", "::ffff:0.0.0.1"}) {
    EXPECT_FALSE(is_unspecified(ip(text))) << text;
  }
}

TEST(Address, LoopbackIsAWholeNetworkInIpv4AndOneAddressInIpv6) {
  for (const char* text :
       {"127.0.0.0", "127.0.0.1", "127.5.6.7", "127.255.255.255", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(is_loopback(ip(text))) << text;
  }
  for (const char* text : {"126.255.255.255", "128.0.0.0", "::", "::2", "::1:1", "1::1",
                           "::ffff:128.0.0.1", "7f00::", "::127.0.0.1"}) {
    EXPECT_FALSE(is_loopback(ip(text))) << text;
  }
}

}  // namespace
}  // namespace sockwatch::test
