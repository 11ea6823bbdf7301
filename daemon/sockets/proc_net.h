// One line of /proc/net/{tcp,tcp6,udp,udp6} → SocketRecord. Pure; every read is bounded.
//
// The formats: net/ipv4/tcp_ipv4.c get_{tcp4,openreq4,timewait4}_sock, net/ipv4/udp.c
// udp4_format_sock, and their twins in net/ipv6. The columns are named in the first line.
#pragma once

#include <optional>
#include <string_view>

#include "sockets/socket_record.h"

namespace sockwatch {

/// Whether this is the first line of such a table, which names its columns.
bool is_proc_net_header(std::string_view line);

/// Nothing for a line that is none of the table.
///
/// In place of the cookie, which /proc does not tell, the key has a hash of protocol, family, inode
/// and both endpoints. The inode alone would not do: it has 32 bits and comes again on a busy host,
/// and sockets without a file all have 0. Other than a cookie, the hash changes when the socket is
/// accepted, connected or left by its process.
///
/// Not told: interface, cgroup, v6only, the limit of an accept queue, and for TCP the drops.
std::optional<SocketRecord> parse_proc_net(std::string_view line, Protocol protocol, Family family);

}  // namespace sockwatch
