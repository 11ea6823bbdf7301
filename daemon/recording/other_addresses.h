// Remote addresses and what stands in their place in an anonymised recording: 198.18.0.0/15, which
// is kept for benchmarks, and 2001:db8::/32, which is kept for documentation. Threads: one.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>

namespace sockwatch::recording {

/// In network order, IPv4 as ::ffff:a.b.c.d.
using Address = std::array<std::uint8_t, 16>;

Address mapped(const std::array<std::uint8_t, 4>& ipv4);
bool is_mapped(const Address& address);

class OtherAddresses {
 public:
  /// One that shall neither be replaced nor stand in place of another.
  void keep(const Address& address) { kept_.insert(address); }

  /// The same for the same address, of the same family, and different from all others. Unspecified,
  /// loopback, multicast and the limited broadcast address stay, and what keep() was told.
  Address of(const Address& address);

 private:
  Address next(bool ipv4);

  std::set<Address> kept_;
  std::map<Address, Address> others_;
  std::uint32_t last_ipv4_ = 0;
  std::uint32_t last_ipv6_ = 0;
};

}  // namespace sockwatch::recording
