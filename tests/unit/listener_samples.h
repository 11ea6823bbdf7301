// Listeners as a dump shows them, and times at which it was taken.
#pragma once

#include <arpa/inet.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "snapshot/listeners.h"

namespace sockwatch::test {

inline Address address_of(const std::string& text) {
  const Family family = text.find(':') == std::string::npos ? Family::ipv4 : Family::ipv6;
  std::array<std::uint8_t, 16> bytes{};
  const int domain = family == Family::ipv4 ? AF_INET : AF_INET6;
  if (::inet_pton(domain, text.c_str(), bytes.data()) != 1) {
    throw std::runtime_error("no address: " + text);
  }
  return make_address(family, bytes.data());
}

inline ListenerKey listener_key(Protocol protocol, const std::string& address, std::uint16_t port,
                                ListenerOwner owner = {"nginx", "nginx.service"}) {
  const Address parsed = address_of(address);
  return {{0, protocol, parsed.family, {parsed, port}, ""}, std::move(owner)};
}

inline ListenerKey tcp_key(std::uint16_t port, ListenerOwner owner = {"nginx", "nginx.service"}) {
  return listener_key(Protocol::tcp, "0.0.0.0", port, std::move(owner));
}

inline ObservedListener observed(std::uint64_t cookie, ListenerKey key,
                                 std::optional<std::uint32_t> drops = std::nullopt) {
  ObservedListener listener;
  listener.socket = {cookie, static_cast<std::uint32_t>(cookie)};
  listener.key = std::move(key);
  listener.user = "www-data";
  listener.drops = drops;
  return listener;
}

/// A monotonic and a wall clock that began long ago and have run for `since` now.
inline Now after(std::chrono::nanoseconds since) {
  using std::chrono::duration_cast;
  return {MonotonicTime(std::chrono::hours(10) + since),
          WallTime(std::chrono::seconds(1'700'000'000) + duration_cast<WallTime::duration>(since))};
}

}  // namespace sockwatch::test
