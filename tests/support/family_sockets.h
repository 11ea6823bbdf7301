// Sockets of the families without ports, in the network namespace of the calling thread. All
// functions throw std::runtime_error. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "support/owned_fd.h"

namespace sockwatch::test {

/// SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET; names are abstract ones, of the namespace alone.
OwnedFd unix_socket(int type);
OwnedFd unix_bind(int type, const std::string& name);
OwnedFd unix_listen(int type, const std::string& name);
OwnedFd unix_connect(int type, const std::string& name);
std::pair<OwnedFd, OwnedFd> unix_pair(int type);

/// AF_PACKET of type SOCK_RAW or SOCK_DGRAM. Ethertype 3 sees everything, 0 only sends.
OwnedFd packet_socket(int type, std::uint16_t ethertype);
/// The same, bound to a device that it holds in promiscuous mode.
OwnedFd promiscuous_socket(std::uint16_t ethertype, const std::string& device);

/// SOCK_RAW, family AF_INET or AF_INET6.
OwnedFd raw_socket(int family, int protocol);
/// SOCK_DGRAM of ICMP, as ping(8) has it, with the identifier that puts it into the table.
OwnedFd ping_socket(int family);

}  // namespace sockwatch::test
