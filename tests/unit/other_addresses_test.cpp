#include "recording/other_addresses.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <string>

namespace sockwatch::recording {
namespace {

/// IPv4 as ::ffff:a.b.c.d.
Address address(const std::string& text) {
  Address parsed{};
  EXPECT_EQ(::inet_pton(AF_INET6, text.c_str(), parsed.data()), 1) << text;
  return parsed;
}

std::string text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  ::inet_ntop(AF_INET6, address.data(), buffer.data(), buffer.size());
  return buffer.data();
}

TEST(OtherAddresses, AreTheSameForTheSameAndOfTheSameFamily) {
  OtherAddresses addresses;
  EXPECT_EQ(text(addresses.of(address("::ffff:8.8.8.8"))), "::ffff:198.18.0.1");
  EXPECT_EQ(text(addresses.of(address("2a00::1"))), "2001:db8::1");
  EXPECT_EQ(text(addresses.of(address("fe80::5054:ff:fe12:3456"))), "2001:db8::2");
  EXPECT_EQ(text(addresses.of(address("::ffff:9.9.9.9"))), "::ffff:198.18.0.2");
  EXPECT_EQ(text(addresses.of(address("::ffff:8.8.8.8"))), "::ffff:198.18.0.1");
}

TEST(OtherAddresses, LeaveWhatIsNobodysOrTheMachinesOwn) {
  OtherAddresses addresses;
  addresses.keep(address("::ffff:203.0.113.1"));
  for (const char* kept : {"::", "::1", "ff02::1", "::ffff:0.0.0.0", "::ffff:127.3.2.1",
                           "::ffff:224.0.0.1", "::ffff:255.255.255.255", "::ffff:203.0.113.1"}) {
    EXPECT_EQ(addresses.of(address(kept)), address(kept)) << kept;
  }
}

TEST(OtherAddresses, NeverTakeOneOfTheMachinesOwn) {
  OtherAddresses addresses;
  addresses.keep(address("::ffff:198.18.0.1"));
  addresses.keep(address("2001:db8::1"));
  EXPECT_EQ(text(addresses.of(address("::ffff:8.8.8.8"))), "::ffff:198.18.0.2");
  EXPECT_EQ(text(addresses.of(address("2a00::1"))), "2001:db8::2");
}

TEST(OtherAddresses, AreEnoughForMoreThanOneNetwork) {
  OtherAddresses addresses;
  std::set<Address> others;
  Address remote = address("::ffff:8.0.0.0");
  for (std::uint32_t i = 0; i < 200'000; ++i) {
    remote[13] = static_cast<std::uint8_t>(i >> 16);
    remote[14] = static_cast<std::uint8_t>(i >> 8 & 0xff);
    remote[15] = static_cast<std::uint8_t>(i & 0xff);
    others.insert(addresses.of(remote));
  }
  EXPECT_EQ(others.size(), 200'000U);
}

}  // namespace
}  // namespace sockwatch::recording
