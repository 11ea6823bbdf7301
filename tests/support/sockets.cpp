#include "support/sockets.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "support/checked.h"
#include "support/socket_address.h"

namespace sockwatch::test {
namespace {

template <typename Value>
Value get_option(int fd, int option, const std::string& what) {
  Value value{};
  socklen_t size = sizeof value;
  checked(::getsockopt(fd, SOL_SOCKET, option, &value, &size), what);
  return value;
}

void set_flag(int fd, int level, int option, bool on, const std::string& what) {
  const int value = on ? 1 : 0;
  checked(::setsockopt(fd, level, option, &value, sizeof value), what);
}

OwnedFd open_socket(int family, int type) {
  return OwnedFd(checked(::socket(family, type | SOCK_CLOEXEC, 0), "socket"));
}

// The IPv4 forms of these options serve sockets of both families.
void apply(const BindOptions& options, int fd, int family) {
  if (family == AF_INET6) set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, options.v6only, "IPV6_V6ONLY");
  if (options.reuseport) set_flag(fd, SOL_SOCKET, SO_REUSEPORT, true, "SO_REUSEPORT");
  if (options.freebind) set_flag(fd, IPPROTO_IP, IP_FREEBIND, true, "IP_FREEBIND");
  if (options.transparent) set_flag(fd, IPPROTO_IP, IP_TRANSPARENT, true, "IP_TRANSPARENT");
  if (!options.device.empty()) {
    checked(::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, options.device.data(),
                         static_cast<socklen_t>(options.device.size())),
            "bind to device " + options.device);
  }
}

OwnedFd open_bound(int type, const std::string& address, std::uint16_t port,
                   const BindOptions& options) {
  const SocketAddress local = socket_address(address, port);
  OwnedFd fd = open_socket(local.family(), type);
  apply(options, fd.get(), local.family());
  checked(::bind(fd.get(), local.get(), local.size),
          "bind " + address + " port " + std::to_string(port));
  return fd;
}

void connect_to(int fd, const std::string& address, std::uint16_t port) {
  const SocketAddress peer = socket_address(address, port);
  checked(::connect(fd, peer.get(), peer.size),
          "connect " + address + " port " + std::to_string(port));
}

TestSocket in_state(std::string state, OwnedFd fd) {
  const SocketFacts facts = socket_facts(fd.get());
  return {std::move(fd), facts, std::move(state)};
}

}  // namespace

SocketFacts socket_facts(int fd) {
  SocketFacts facts;
  facts.family = get_option<int>(fd, SO_DOMAIN, "SO_DOMAIN");
  facts.cookie = get_option<std::uint64_t>(fd, SO_COOKIE, "SO_COOKIE");
  struct stat status {};
  checked(::fstat(fd, &status), "fstat of a socket");
  facts.inode = status.st_ino;
  facts.port = port_of(local_address(fd));
  SocketAddress peer;
  if (::getpeername(fd, peer.get(), &peer.size) == 0) facts.peer_port = port_of(peer);
  return facts;
}

TestSocket tcp_listen(const std::string& address, std::uint16_t port, const BindOptions& options) {
  OwnedFd fd = open_bound(SOCK_STREAM, address, port, options);
  checked(::listen(fd.get(), options.backlog), "listen");
  return in_state("listen", std::move(fd));
}

TestSocket tcp_listen_unbound() {
  OwnedFd fd = open_socket(AF_INET, SOCK_STREAM);
  checked(::listen(fd.get(), BindOptions{}.backlog), "listen");
  return in_state("listen", std::move(fd));
}

TestSocket tcp_bound_inactive(const std::string& address, std::uint16_t port,
                              const BindOptions& options) {
  return in_state("bound_inactive", open_bound(SOCK_STREAM, address, port, options));
}

TestSocket tcp_unbound() {
  return in_state("", open_socket(AF_INET, SOCK_STREAM));
}

TestSocket udp_bind(const std::string& address, std::uint16_t port, const BindOptions& options) {
  return in_state("unconnected", open_bound(SOCK_DGRAM, address, port, options));
}

TestSocket udp_sendto(const std::string& address, std::uint16_t port) {
  const SocketAddress peer = socket_address(address, port);
  OwnedFd fd = open_socket(peer.family(), SOCK_DGRAM);
  checked(::sendto(fd.get(), "x", 1, 0, peer.get(), peer.size), "sendto " + address);
  return in_state("unconnected", std::move(fd));
}

TestSocket udp_connect(const std::string& address, std::uint16_t port) {
  OwnedFd fd = open_socket(socket_address(address, port).family(), SOCK_DGRAM);
  connect_to(fd.get(), address, port);
  return in_state("connected", std::move(fd));
}

TestSocket udp_bind_connect(const std::string& local, std::uint16_t local_port,
                            const std::string& address, std::uint16_t port) {
  OwnedFd fd = open_bound(SOCK_DGRAM, local, local_port, {});
  connect_to(fd.get(), address, port);
  return in_state("connected", std::move(fd));
}

TestSocket udp_unbound() {
  return in_state("", open_socket(AF_INET, SOCK_DGRAM));
}

std::uint16_t free_tcp_port(const std::string& address) {
  return tcp_bound_inactive(address).facts.port;
}

std::uint16_t free_udp_port(const std::string& address) {
  return udp_bind(address).facts.port;
}

}  // namespace sockwatch::test
