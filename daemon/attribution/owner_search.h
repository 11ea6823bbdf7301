// Which process holds a socket: one walk over /proc/PID/fd for a set of socket inodes, then over
// the descriptor tables of single threads for those that are left.
#pragma once

#include <sys/types.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "attribution/cause.h"
#include "attribution/read_errors.h"
#include "kernel/directory.h"

namespace sockwatch {

/// A process that holds a wanted socket.
struct HolderProcess {
  pid_t pid = 0;
  std::uint64_t start_time = 0;  // clock ticks since boot
  std::string comm;              // raw
  // /proc/PID, of this process even when the pid is reused.
  std::unique_ptr<kernel::Directory> directory;
};

struct Holder {
  std::size_t process = 0;  // index into SearchResult::processes
  std::string descriptor;   // path below /proc/PID, as "fd/7" or "task/12/fd/7"
};

struct SearchResult {
  std::vector<HolderProcess> processes;
  boost::unordered_flat_map<std::uint32_t, Holder> by_inode;  // the owner of each inode found
  SearchEnd end = SearchEnd::nobody;                          // why an inode may be missing
  ReadErrors errors;  // a /proc that cannot be listed counts as one process
};

/// The owner among several holders: process 1 only when it is the sole one, then the earliest
/// start, then the lowest pid. `/proc/PID/fd` alone misses the sockets of threads with a table of
/// their own and of processes whose first thread has ended; those are searched when something is
/// left.
/// At most `room` processes are kept open; what others hold stays `unfinished`.
SearchResult search_owners(const kernel::Directory& proc, const std::vector<std::uint32_t>& inodes,
                           std::size_t room = SIZE_MAX);

/// N of "socket:[N]", the target of a socket's descriptor link.
std::optional<std::uint32_t> socket_inode(std::string_view link);

}  // namespace sockwatch
