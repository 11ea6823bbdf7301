#include "support/family_sockets.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <fstream>

#include "support/checked.h"
#include "support/socket_address.h"

namespace sockwatch::test {
namespace {

OwnedFd open_socket(int family, int type, int protocol) {
  return OwnedFd(checked(::socket(family, type | SOCK_CLOEXEC, protocol), "socket"));
}

struct UnixAddress {
  sockaddr_un address{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

UnixAddress abstract_address(const std::string& name) {
  UnixAddress address;
  address.address.sun_family = AF_UNIX;
  std::memcpy(&address.address.sun_path[1], name.data(), name.size());
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return address;
}

}  // namespace

OwnedFd unix_socket(int type) {
  return open_socket(AF_UNIX, type, 0);
}

OwnedFd unix_bind(int type, const std::string& name) {
  OwnedFd fd = unix_socket(type);
  const UnixAddress address = abstract_address(name);
  checked(::bind(fd.get(), address.get(), address.size), "bind a unix socket");
  return fd;
}

OwnedFd unix_listen(int type, const std::string& name) {
  OwnedFd fd = unix_bind(type, name);
  checked(::listen(fd.get(), 16), "listen on a unix socket");
  return fd;
}

OwnedFd unix_connect(int type, const std::string& name) {
  OwnedFd fd = unix_socket(type);
  const UnixAddress address = abstract_address(name);
  checked(::connect(fd.get(), address.get(), address.size), "connect a unix socket");
  return fd;
}

std::pair<OwnedFd, OwnedFd> unix_pair(int type) {
  std::array<int, 2> ends{};
  checked(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  return {OwnedFd(ends[0]), OwnedFd(ends[1])};
}

OwnedFd packet_socket(int type, std::uint16_t ethertype) {
  return open_socket(AF_PACKET, type, htons(ethertype));
}

OwnedFd promiscuous_socket(std::uint16_t ethertype, const std::string& device) {
  OwnedFd fd = packet_socket(SOCK_RAW, ethertype);
  packet_mreq membership{};
  membership.mr_ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
  membership.mr_type = PACKET_MR_PROMISC;
  checked(::setsockopt(fd.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership),
          "PACKET_ADD_MEMBERSHIP " + device);
  return fd;
}

OwnedFd raw_socket(int family, int protocol) {
  return open_socket(family, SOCK_RAW, protocol);
}

OwnedFd ping_socket(int family) {
  // Which groups may make ping sockets: none in a new namespace.
  std::ofstream("/proc/sys/net/ipv4/ping_group_range") << "0 2147483647";
  const int protocol = family == AF_INET6 ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP};
  OwnedFd fd = open_socket(family, SOCK_DGRAM, protocol);
  const SocketAddress any = socket_address(family == AF_INET6 ? "::" : "0.0.0.0", 0);
  checked(::bind(fd.get(), any.get(), any.size), "bind a ping socket");
  return fd;
}

}  // namespace sockwatch::test
