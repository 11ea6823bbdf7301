// The families without ports out of /proc/net: raw sockets, which no diag module of most kernels
// tells, and unix and packet sockets where netlink has no handler for them. The namespace is that
// of the calling thread. Threads: any.
#pragma once

#include "app/dumped.h"
#include "kernel/directory.h"

namespace sockwatch {

/// Without those that wait to be accepted, which netlink does not show either.
Dumped read_unix_table(const kernel::Directory& proc, const OnUnixSockets& on_sockets);

/// Without promiscuous, which /proc does not tell.
Dumped read_packet_table(const kernel::Directory& proc, const OnPacketSockets& on_sockets);

/// Raw and ping sockets of IPv4 and IPv6. ENOENT only when none of the four tables is there.
Dumped read_raw_tables(const kernel::Directory& proc, const OnPacketSockets& on_sockets);

}  // namespace sockwatch
