// From where a bind address lets a socket be reached. Firewalls and routes are not read.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "sockets/interfaces.h"
#include "sockets/socket_record.h"

namespace sockwatch {

/// In the order in which listeners are kept when a limit hides some.
enum class Exposure : std::uint8_t {
  wildcard,
  public_,
  nonlocal,
  private_,
  link_local,
  multicast,
  loopback
};
inline constexpr std::array<std::string_view, 7> kExposureNames = {
    "wildcard", "public", "nonlocal", "private", "link_local", "multicast", "loopback"};

constexpr std::string_view name(Exposure exposure) {
  return kExposureNames[static_cast<std::size_t>(exposure)];
}

/// `::` that accepts IPv4 as well.
bool is_dual_stack(const SocketRecord& record);

Exposure exposure_of(const SocketRecord& record, const Interfaces& interfaces);

}  // namespace sockwatch
