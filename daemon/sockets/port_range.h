// The ephemeral port range, net.ipv4.ip_local_port_range.
#pragma once

#include <cstdint>
#include <string_view>

namespace sockwatch {

struct PortRange {
  std::uint16_t first = 32768;
  std::uint16_t last = 60999;

  constexpr bool contains(std::uint16_t port) const { return port >= first && port <= last; }
  bool operator==(const PortRange&) const = default;
};

/// "32768\t60999\n"; anything else gives the kernel's default range.
PortRange parse_port_range(std::string_view text);

}  // namespace sockwatch
