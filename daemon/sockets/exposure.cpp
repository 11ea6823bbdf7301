#include "sockets/exposure.h"

#include <algorithm>

namespace sockwatch {
namespace {

bool in_prefix(const Address& address, std::uint8_t first, std::uint8_t second,
               std::uint8_t second_mask) {
  return address.bytes[0] == first && (address.bytes[1] & second_mask) == second;
}

bool is_link_local(const Address& a) {
  return a.family == Family::ipv4 ? in_prefix(a, 169, 254, 0xff) : in_prefix(a, 0xfe, 0x80, 0xc0);
}

bool is_multicast(const Address& a) {
  return a.family == Family::ipv4 ? (a.bytes[0] & 0xf0) == 224 : a.bytes[0] == 0xff;
}

bool is_private(const Address& a) {
  if (a.family == Family::ipv6) return (a.bytes[0] & 0xfe) == 0xfc;
  return a.bytes[0] == 10 || in_prefix(a, 172, 16, 0xf0) || in_prefix(a, 192, 168, 0xff) ||
         in_prefix(a, 100, 64, 0xc0);
}

Exposure class_of(const Address& address, const Interfaces& interfaces) {
  if (is_unspecified(address)) return Exposure::wildcard;
  if (is_loopback(address)) return Exposure::loopback;
  if (is_link_local(address)) return Exposure::link_local;
  if (is_multicast(address) || interfaces.is_broadcast(address)) return Exposure::multicast;
  if (is_private(address)) return Exposure::private_;
  const bool unknown = interfaces.links().empty();  // then nothing can be called nonlocal
  return unknown || interfaces.is_local(address) ? Exposure::public_ : Exposure::nonlocal;
}

bool accepts(const SocketRecord& record, Family family) {
  return is_dual_stack(record) || record.local.address.family == family;
}

/// The widest class of the addresses by which a wildcard bound to a device can be reached. The
/// addresses of a VRF's or bridge's ports are reached through it.
Exposure class_of_device(const SocketRecord& record, const Interfaces& interfaces) {
  Exposure widest = Exposure::link_local;
  for (const InterfaceAddress& entry : interfaces.addresses()) {
    const auto link = interfaces.links().find(entry.interface);
    const bool through =
        entry.interface == record.interface ||
        (link != interfaces.links().end() && link->second.master == record.interface);
    if (through && accepts(record, entry.address.family)) {
      widest = std::min(widest, class_of(entry.address, interfaces));
    }
  }
  return widest;
}

}  // namespace

bool is_dual_stack(const SocketRecord& record) {
  return record.local.address.family == Family::ipv6 && is_unspecified(record.local.address) &&
         !record.v6only;
}

Exposure exposure_of(const SocketRecord& record, const Interfaces& interfaces) {
  if (interfaces.only_loopback_up() || interfaces.is_loopback(record.interface)) {
    return Exposure::loopback;
  }
  if (record.interface != 0 && is_unspecified(record.local.address)) {
    return class_of_device(record, interfaces);
  }
  return class_of(record.local.address, interfaces);
}

}  // namespace sockwatch
