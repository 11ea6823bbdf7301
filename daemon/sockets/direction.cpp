#include "sockets/direction.h"

#include <algorithm>

namespace sockwatch {

std::string to_string(ServicePort port) {
  if (port == ServicePort::none()) return "";
  if (port == ServicePort::ephemeral()) return "ephemeral";
  if (port == ServicePort::other()) return "other";
  return std::to_string(port.value());
}

std::uint16_t serving_port(const Service& service, std::uint16_t local_port) {
  const std::int32_t port = service.port.value();
  return port > 0 ? static_cast<std::uint16_t>(port) : local_port;
}

Service service_of(const SocketRecord& record, bool is_listener, ListenerIndex& listeners,
                   const Surroundings& surroundings) {
  const Endpoint& local = record.local;
  const Endpoint& remote = record.remote;
  const PortRange& ephemeral = surroundings.ephemeral;
  if (is_listener) return {Direction::inbound, ServicePort(local.port), nullptr};

  if (const auto* own = listeners.covering(record.protocol, local.address, local.port)) {
    return {Direction::inbound, ServicePort(local.port), own};
  }
  if (!has_peer(record)) return {};
  if (listeners.has_port(record.protocol, remote.port) &&
      surroundings.interfaces.is_local(remote.address) &&
      listeners.covering(record.protocol, remote.address, remote.port) != nullptr) {
    return {Direction::outbound, ServicePort(remote.port), nullptr};
  }
  if (!ephemeral.contains(local.port) && ephemeral.contains(remote.port)) {
    return {Direction::inbound, ServicePort(local.port), nullptr};
  }
  if (ephemeral.contains(remote.port) &&
      !std::ranges::binary_search(surroundings.service_ports, remote.port)) {
    return {Direction::outbound, ServicePort::ephemeral(), nullptr};
  }
  return {Direction::outbound, ServicePort(remote.port), nullptr};
}

}  // namespace sockwatch
