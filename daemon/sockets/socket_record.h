// One socket as the kernel describes it: raw facts, nothing derived.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sockets/address.h"

namespace sockwatch {

enum class Protocol : std::uint8_t { tcp, udp };
inline constexpr std::array kProtocols = {Protocol::tcp, Protocol::udp};

/// TCP states as node_exporter writes them, bound_inactive (Linux 6.8: bound, neither listening nor
/// connected; never in /proc/net/tcp), and the two that UDP has.
enum class State : std::uint8_t {
  established,
  syn_sent,
  syn_recv,
  fin_wait1,
  fin_wait2,
  time_wait,
  close_wait,
  last_ack,
  listen,
  closing,
  bound_inactive,
  unconnected,
  connected
};
inline constexpr std::size_t kStates = 13;

inline constexpr std::array<std::string_view, 2> kProtocolNames = {"tcp", "udp"};
inline constexpr std::array<std::string_view, 2> kFamilyNames = {"ipv4", "ipv6"};
inline constexpr std::array<std::string_view, kStates> kStateNames = {
    "established",    "syn_sent",    "syn_recv", "fin_wait1", "fin_wait2",
    "time_wait",      "close_wait",  "last_ack", "listen",    "closing",
    "bound_inactive", "unconnected", "connected"};

constexpr std::string_view name(Protocol protocol) {
  return kProtocolNames[static_cast<std::size_t>(protocol)];
}
constexpr std::string_view name(Family family) {
  return kFamilyNames[static_cast<std::size_t>(family)];
}
constexpr std::string_view name(State state) {
  return kStateNames[static_cast<std::size_t>(state)];
}
constexpr bool is_state_of(Protocol protocol, State state) {
  return (protocol == Protocol::udp) == (state >= State::unconnected);
}

/// What a holder of the socket is found by. The cookie is unique for the boot; the inode is 0 for
/// sockets without a file (time_wait, syn_recv, not yet accepted, orphan).
struct SocketKey {
  std::uint64_t cookie = 0;
  std::uint32_t inode = 0;

  bool operator==(const SocketKey&) const = default;
};

struct SocketRecord {
  Protocol protocol = Protocol::tcp;
  Family family = Family::ipv4;  // the socket's, also where its addresses are v4-mapped
  State state = State::established;
  std::uint8_t timer = 0;  // idiag_timer; 3 is time_wait
  Endpoint local;
  Endpoint remote;
  std::uint32_t interface = 0;  // ifindex of SO_BINDTODEVICE or a link-local scope, 0 none
  SocketKey key;
  std::uint32_t receive_queue = 0;  // bytes; of a TCP listener: sockets waiting to be accepted
  std::uint32_t send_queue = 0;     // bytes; of a TCP listener: limit of the accept queue
  std::uint32_t uid = 0;
  std::uint64_t cgroup_id = 0;         // inode of the cgroup2 directory at socket(); 0 not told
  bool v6only = false;                 // told for listeners and unconnected sockets of AF_INET6
  bool queue_limit_known = true;       // whether the send_queue of a TCP listener is its limit
  std::optional<std::uint32_t> drops;  // SK_MEMINFO_DROPS, where socket_memory was asked for
};

/// The queues where the kernel tells them: those of a bound, inactive socket are junk.
constexpr std::optional<std::uint32_t> receive_queue(const SocketRecord& record) {
  if (record.state == State::bound_inactive) return std::nullopt;
  return record.receive_queue;
}
constexpr std::optional<std::uint32_t> send_queue(const SocketRecord& record) {
  const bool limit = record.state == State::listen;
  if (record.state == State::bound_inactive || (limit && !record.queue_limit_known)) {
    return std::nullopt;
  }
  return record.send_queue;
}

constexpr bool has_peer(const SocketRecord& record) {
  return record.remote.port != 0;
}

}  // namespace sockwatch
