// Sockets in a wanted state, with the facts that a dump must show for them. Everything is made in
// the network namespace of the calling thread. All functions throw std::runtime_error. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "support/owned_fd.h"

namespace sockwatch::test {

/// Trivially copyable: it travels between processes.
struct SocketFacts {
  int family = 0;               // AF_INET or AF_INET6 of the socket, not of the text of an address
  std::uint64_t cookie = 0;     // 0: never had a descriptor, so unknown
  std::uint64_t inode = 0;      // as a dump shows it: 0 for a socket without a descriptor
  std::uint16_t port = 0;       // host byte order, as is peer_port
  std::uint16_t peer_port = 0;  // 0: no peer
};

/// Why a dump row belongs to no process; kDescriptor: it belongs to the holder of `fd`.
enum class Holder { kDescriptor, kSynRecv, kTimeWait, kUnaccepted, kOrphan };

struct TestSocket {
  OwnedFd fd;
  SocketFacts facts;
  std::string state;  // `established`, ..., `bound_inactive`; UDP: `unconnected`, `connected`;
                      // empty: not in any kernel table
  Holder holder = Holder::kDescriptor;
};

/// Reads the facts from the kernel; asking for the cookie is what makes the kernel assign it.
SocketFacts socket_facts(int fd);

struct BindOptions {
  int backlog = 128;  // TCP listeners only
  bool v6only = false;
  bool reuseport = false;
  bool freebind = false;     // an address that no device has
  bool transparent = false;  // the same, by the option of proxies; needs CAP_NET_ADMIN
  std::string device = {};   // SO_BINDTODEVICE
};

/// Addresses are text, link-local ones with "%device". Port 0 lets the kernel choose; the kernel
/// then counts the port as automatic, which is how it tells clients from servers.
TestSocket tcp_listen(const std::string& address, std::uint16_t port = 0,
                      const BindOptions& options = {});
/// A listener without bind(): the kernel chooses the port, the address is the wildcard.
TestSocket tcp_listen_unbound();
/// bind() and nothing more. Of the kernel's tables only netlink's shows it, from Linux 6.8 on.
TestSocket tcp_bound_inactive(const std::string& address, std::uint16_t port = 0,
                              const BindOptions& options = {});
/// socket() and nothing more: in no table.
TestSocket tcp_unbound();

/// A UDP server: bind() to the port. Multicast and broadcast addresses are bound in the same way.
TestSocket udp_bind(const std::string& address, std::uint16_t port = 0,
                    const BindOptions& options = {});
/// A UDP client: sends one byte, which gives it a port, and stays unconnected.
TestSocket udp_sendto(const std::string& address, std::uint16_t port);
/// A UDP client that called connect().
TestSocket udp_connect(const std::string& address, std::uint16_t port);
/// The same, but with a local address and port of its own choice.
TestSocket udp_bind_connect(const std::string& local, std::uint16_t local_port,
                            const std::string& address, std::uint16_t port);
/// In no table.
TestSocket udp_unbound();

/// A port that was free a moment ago on this address, for tests that must choose one themselves.
/// Nobody takes it in between in a namespace of the test's own.
std::uint16_t free_tcp_port(const std::string& address);
std::uint16_t free_udp_port(const std::string& address);

}  // namespace sockwatch::test
