// Why a socket has no process. `inode 0` is not "unknown": the kernel says which of four it is.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sockets/socket_record.h"

namespace sockwatch {

enum class Cause : std::uint8_t {
  unaccepted,  // in an accept queue: belongs to its listener
  orphan,      // closed by its process, the kernel still sends or waits
  time_wait,
  syn_recv,
  pending,     // the search for its holder has not finished
  unreadable,  // no holder seen, but some processes' descriptors may not be read
  kernel,      // a socket of the kernel's own (vxlan, wireguard, nfs)
  no_holder    // no process holds it (passed between processes, or closed meanwhile)
};
inline constexpr std::size_t kCauses = 8;
inline constexpr std::array<std::string_view, kCauses> kCauseNames = {
    "unaccepted", "orphan",     "time_wait", "syn_recv",
    "pending",    "unreadable", "kernel",    "no_holder"};

constexpr std::string_view name(Cause cause) {
  return kCauseNames[static_cast<std::size_t>(cause)];
}

/// How a search for the holder of a socket with an inode ended without one.
enum class SearchEnd : std::uint8_t { unfinished, unreadable, nobody };

/// The cause of a socket that no process can hold; nothing for one that has an inode.
std::optional<Cause> cause_without_file(const SocketRecord& record);

/// The cause of a socket with an inode that no process was found for. `has_cgroup`: its cgroup is
/// known and not the root. `port`: of the end that serves.
Cause cause_without_holder(SearchEnd end, Protocol protocol, std::uint16_t port, std::uint32_t uid,
                           bool has_cgroup);

}  // namespace sockwatch
