#include "sockets/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace sockwatch {
namespace {

/// ::ffff:0:0/96. In two parts that fit registers: one memcmp() of twelve bytes is a call.
bool is_mapped(const std::uint8_t* bytes) {
  static constexpr std::array<std::uint8_t, 12> kPrefix = {0, 0, 0, 0, 0,    0,
                                                           0, 0, 0, 0, 0xff, 0xff};
  return std::memcmp(bytes, kPrefix.data(), 8) == 0 &&
         std::memcmp(bytes + 8, kPrefix.data() + 8, 4) == 0;
}

}  // namespace

void read_address(Family family, const std::uint8_t* bytes, Address& address) {
  if (family == Family::ipv6 && !is_mapped(bytes)) {
    address.family = Family::ipv6;
    std::memcpy(address.bytes.data(), bytes, 16);
  } else {
    address = {Family::ipv4, {}};
    std::memcpy(address.bytes.data(), family == Family::ipv4 ? bytes : bytes + 12, 4);
  }
}

Address make_address(Family family, const std::uint8_t* bytes) {
  Address address;
  read_address(family, bytes, address);
  return address;
}

std::string to_string(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = address.family == Family::ipv4 ? AF_INET : AF_INET6;
  ::inet_ntop(family, address.bytes.data(), text.data(), text.size());
  return text.data();
}

std::string to_string(const Endpoint& endpoint) {
  const std::string port = endpoint.port == 0 ? "*" : std::to_string(endpoint.port);
  const std::string address = to_string(endpoint.address);
  return (endpoint.address.family == Family::ipv4 ? address : "[" + address + "]") + ":" + port;
}

bool is_unspecified(const Address& address) {
  return std::ranges::all_of(address.bytes, [](std::uint8_t byte) { return byte == 0; });
}

bool is_loopback(const Address& address) {
  if (address.family == Family::ipv4) return address.bytes[0] == 127;
  return address.bytes[15] == 1 &&
         std::all_of(address.bytes.begin(), address.bytes.end() - 1, [](auto b) { return b == 0; });
}

}  // namespace sockwatch
