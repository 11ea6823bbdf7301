// cgroup → one of its processes, where all of them have the same name: a guess at who holds its
// sockets that needs no search. Wrong for a socket that was handed to a process elsewhere.
// Threads: one.
#pragma once

#include <sys/types.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "attribution/cgroups.h"
#include "kernel/directory.h"

namespace sockwatch {

class SoleNames {
 public:
  /// `cgroups` may be null, which tells nothing; it lasts as long as this.
  SoleNames(std::shared_ptr<const kernel::Directory> proc, Cgroups* cgroups)
      : proc_(std::move(proc)), cgroups_(cgroups) {}

  /// The one with the lowest pid. What it says is at most 10 s old. Nothing for a cgroup of more
  /// than 256 processes, or with names that may be cut.
  std::optional<pid_t> process_of(std::uint64_t cgroup_id, MonotonicTime now);

 private:
  struct Known {
    MonotonicTime looked;
    std::optional<pid_t> process;
  };

  std::optional<pid_t> look(std::uint64_t cgroup_id, MonotonicTime now) const;

  std::shared_ptr<const kernel::Directory> proc_;
  Cgroups* cgroups_;
  boost::unordered_flat_map<std::uint64_t, Known> known_;
};

}  // namespace sockwatch
