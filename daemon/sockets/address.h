// IP addresses and endpoints as sockwatch compares and prints them.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "support/bytes.h"

namespace sockwatch {

enum class Family : std::uint8_t { ipv4, ipv6 };

/// Unmapped: ::ffff:a.b.c.d is the IPv4 address a.b.c.d. `family` is the address's own family then,
/// which for a socket of AF_INET6 need not be the socket's.
struct Address {
  Family family = Family::ipv4;
  std::array<std::uint8_t, 16> bytes{};  // network order; IPv4 uses the first four, the rest is 0

  auto operator<=>(const Address&) const = default;
};

struct Endpoint {
  Address address;
  std::uint16_t port = 0;  // host order

  auto operator<=>(const Endpoint&) const = default;
};

/// From the kernel's bytes in network order: 4 or 16 are used, by `family`; v4-mapped is unmapped.
Address make_address(Family family, const std::uint8_t* bytes);
/// The same, in place.
void read_address(Family family, const std::uint8_t* bytes, Address& address);

/// "10.0.0.1", "2001:db8::1".
std::string to_string(const Address& address);

/// "10.0.0.1:80", "[::1]:80"; port 0 prints as "*".
std::string to_string(const Endpoint& endpoint);

bool is_unspecified(const Address& address);  // 0.0.0.0 or ::
bool is_loopback(const Address& address);     // 127/8 or ::1

}  // namespace sockwatch
