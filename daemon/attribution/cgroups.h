// cgroup id → cgroup path. The id that sock_diag tells is the inode number of the cgroup2
// directory. Threads: one.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/directory.h"
#include "support/clock.h"

namespace sockwatch {

/// The mount point of cgroup2 in the text of a mountinfo file, its octal escapes resolved.
std::optional<std::string> find_cgroup2_mount(std::string_view mountinfo);

class Cgroups {
 public:
  /// The mount is looked for in the mount namespace of process 1 first: ours may hide it or show
  /// only our own part of the tree (containers, `ip netns exec`).
  explicit Cgroups(std::shared_ptr<const kernel::Directory> proc) : proc_(std::move(proc)) {}

  /// The path of `id`, "" for one that cannot be found. Walks the tree when an id is new, at most
  /// once for one `now`; an id that was not found is looked for again at the earliest after 30 s.
  std::string path(std::uint64_t id, MonotonicTime now);
  /// The processes that are in `id`, as our pid namespace sees them: none where its path says
  /// nothing of who holds its sockets, or cannot be found.
  std::vector<pid_t> processes(std::uint64_t id, MonotonicTime now);

 private:
  struct Known {
    std::string path;
    MonotonicTime looked_up;
    bool asked = false;  // since the last walk
  };

  std::vector<std::string> mounts() const;  // below /proc
  void walk();

  std::shared_ptr<const kernel::Directory> proc_;
  std::optional<MonotonicTime> last_walk_;
  std::string mount_;  // below /proc, of the last walk
  boost::unordered_flat_map<std::uint64_t, Known> by_id_;
};

}  // namespace sockwatch
