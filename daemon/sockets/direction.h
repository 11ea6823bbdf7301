// Which end of a socket serves, and on which port.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sockets/interfaces.h"
#include "sockets/listener_index.h"
#include "sockets/port_range.h"
#include "sockets/socket_record.h"

namespace sockwatch {

enum class Direction : std::uint8_t { inbound, outbound, none };
inline constexpr std::array<std::string_view, 3> kDirectionNames = {"inbound", "outbound", "none"};

constexpr std::string_view name(Direction direction) {
  return kDirectionNames[static_cast<std::size_t>(direction)];
}

/// A port number, or one of the values that stand for many.
class ServicePort {
 public:
  constexpr ServicePort() = default;
  constexpr explicit ServicePort(std::uint16_t port) : value_(port) {}
  static constexpr ServicePort none() { return ServicePort(Special{-1}); }
  static constexpr ServicePort ephemeral() { return ServicePort(Special{-2}); }
  static constexpr ServicePort other() { return ServicePort(Special{-3}); }

  constexpr std::int32_t value() const { return value_; }
  auto operator<=>(const ServicePort&) const = default;

 private:
  struct Special {
    std::int32_t value;
  };
  constexpr explicit ServicePort(Special special) : value_(special.value) {}

  std::int32_t value_ = -1;
};

/// Digits, "" for none, "ephemeral" or "other".
std::string to_string(ServicePort port);

struct Service {
  Direction direction = Direction::none;
  ServicePort port = ServicePort::none();
  const ListenerIndex::Entry* listener = nullptr;  // that the local end belongs to, where one does

  bool operator==(const Service&) const = default;
};

/// The port of the end that serves, the local one where that is not known.
std::uint16_t serving_port(const Service& service, std::uint16_t local_port);

/// What a namespace's sockets are judged by.
struct Surroundings {
  Interfaces interfaces;
  PortRange ephemeral;
  std::vector<std::uint16_t> service_ports;  // sorted: remote ports in the range that count as such
};

/// The first match of: own listener, local listener, no peer, peer is a local listener, local
/// port outside and remote inside the ephemeral range, ephemeral remote port, remote port.
Service service_of(const SocketRecord& record, bool is_listener, ListenerIndex& listeners,
                   const Surroundings& surroundings);

}  // namespace sockwatch
