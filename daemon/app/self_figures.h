// The daemon's own process, read from /proc/self. Threads: any.
#pragma once

#include "report/report.h"
#include "support/result.h"

namespace sockwatch {

/// What cannot be read stays 0.
SelfFigures read_self_figures();

/// Raises the soft limit of open descriptors to the hard one, at most to 65536: each process that
/// owns sockets is kept open. An error when there are too few to serve and to sample at all.
Result<void> raise_descriptor_limit();

/// How many owner processes may be kept open, so that enough descriptors are left for HTTP, netlink
/// and /proc.
std::size_t descriptors_for_processes();

}  // namespace sockwatch
