// The namespace's network interfaces and their addresses, from rtnetlink.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sockets/address.h"
#include "support/bytes.h"

namespace sockwatch {

struct Interface {
  std::string name;          // printable
  bool up = false;           // IFF_UP
  bool loopback = false;     // IFF_LOOPBACK
  std::uint32_t master = 0;  // ifindex of the bridge, bond or VRF it belongs to, 0 none
};

struct InterfaceAddress {
  std::uint32_t interface = 0;
  Address address;
};

class Interfaces {
 public:
  /// Payloads of RTM_NEWLINK and RTM_NEWADDR; false when they cannot be right.
  bool add_link(Bytes payload);
  bool add_address(Bytes payload);
  /// Sorts what was added; the questions below may be asked from then on.
  void finish();

  const std::map<std::uint32_t, Interface>& links() const { return links_; }
  const std::vector<InterfaceAddress>& addresses() const { return addresses_; }

  /// The interface's name, "" for 0, "if<N>" for one that is gone.
  std::string name(std::uint32_t interface) const;
  bool is_loopback(std::uint32_t interface) const;
  /// No interface but loopback is up: nothing here can be reached from outside.
  bool only_loopback_up() const;
  /// 127/8, ::1, and each address of an interface.
  bool is_local(const Address& address) const;
  bool is_broadcast(const Address& address) const;

 private:
  std::map<std::uint32_t, Interface> links_;
  std::vector<InterfaceAddress> addresses_;
  std::vector<Address> local_;      // sorted by finish()
  std::vector<Address> broadcast_;  // sorted by finish()
};

}  // namespace sockwatch
