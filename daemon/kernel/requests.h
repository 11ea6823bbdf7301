// The dump requests that the daemon sends, as bytes with their netlink header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sockwatch::kernel {

/// Bit of the kernel's TCP state `n` in the masks below (include/net/tcp_states.h).
constexpr std::uint32_t state_bit(unsigned n) {
  return 1U << n;
}

inline constexpr std::uint32_t kListenState = state_bit(10);
// 1 to 11, 12 NEW_SYN_RECV, 13 BOUND_INACTIVE (Linux 6.8; older kernels match nothing with it).
inline constexpr std::uint32_t kAllStates = 0x3ffe;
// UDP sockets are ESTABLISHED (connected) or CLOSE.
inline constexpr std::uint32_t kUdpUnconnected = state_bit(7);
inline constexpr std::uint32_t kUdpAllStates = state_bit(1) | state_bit(7);

enum class Extension : std::uint8_t { none = 0, socket_memory = 1 << 6 };  // INET_DIAG_SKMEMINFO

/// Which sockets by SOCK_BINDPORT_LOCK, set when the program itself chose the port:
/// INET_DIAG_BC_AUTO.
enum class PortChoice { any, by_program };

using Request = std::vector<std::byte>;

/// TCPDIAG_GETSOCK: IPv4 and IPv6 TCP in one walk of the table.
Request tcp_walk(std::uint32_t states, Extension extension);

/// SOCK_DIAG_BY_FAMILY: one address family (AF_INET, AF_INET6) of one protocol (IPPROTO_*).
Request family_dump(int family, int protocol, std::uint32_t states, Extension extension,
                    PortChoice choice = PortChoice::any);

/// Every AF_UNIX socket, without names and peers.
Request unix_dump();

/// Every AF_PACKET socket with its memberships, which tell promiscuous mode.
Request packet_dump();

/// RTM_GETLINK and RTM_GETADDR of the namespace, for NETLINK_ROUTE.
Request link_dump();
Request address_dump();

}  // namespace sockwatch::kernel
