// The daemon's own process, read from /proc/self. Threads: any.
#pragma once

#include "report/report.h"

namespace sockwatch {

/// What cannot be read stays 0.
SelfFigures read_self_figures();

/// Raises the soft limit of open descriptors to the hard one, at most to 65536: each process that
/// owns sockets is kept open.
void raise_descriptor_limit();

/// How many owner processes may be kept open, so that enough descriptors are left for HTTP, netlink
/// and /proc.
std::size_t descriptors_for_processes();

}  // namespace sockwatch
