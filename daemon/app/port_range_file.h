// The ephemeral port range as /proc tells it now.
#pragma once

#include "kernel/directory.h"
#include "sockets/port_range.h"

namespace sockwatch {

/// The kernel's default range where the file cannot be read.
inline PortRange read_port_range(const kernel::Directory& proc) {
  return parse_port_range(proc.read_file("sys/net/ipv4/ip_local_port_range").value_or(""));
}

}  // namespace sockwatch
