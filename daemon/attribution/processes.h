// The processes that hold sockets, each known by an open directory of its /proc/PID: whatever is
// read through it is of this process or fails, also after its pid is reused.
// Threads: one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "attribution/descriptor_watch.h"
#include "attribution/owner_search.h"
#include "support/clock.h"

namespace sockwatch {

/// Index into Processes; reused after release_unused().
using ProcessId = std::uint32_t;

struct Process {
  pid_t pid = 0;
  std::uint64_t start_time = 0;
  std::unique_ptr<kernel::Directory> directory;
  std::string comm;         // raw
  std::string exe;          // raw, "" where it may not be read
  std::string name;         // the `process` label
  std::string cgroup_path;  // raw
  std::string unit;         // the `unit` label
  MonotonicTime exe_read;
  MonotonicTime cgroup_read;
  MonotonicTime counted;
  DescriptorWatch descriptors;
  bool gone = false;  // ended, or runs another program: its sockets are searched again
};

class Processes {
 public:
  /// The id of a process that a search found; the same one for as long as it lives.
  ProcessId add(HolderProcess&& found);
  const Process& operator[](ProcessId id) const { return slots_[id]; }

  /// Marks as gone each process that ended, or whose comm changed, or, within 10 s, whose exe
  /// changed alone; one that moved to another cgroup gets its unit within 30 s, one that may have
  /// handed a socket on wants a look within 60 s. Calls are spread, so that no one reads all.
  void revalidate(MonotonicTime now);
  /// Looks that are wanted, until it is enough.
  void look_at_descriptors(const Enough& enough, MonotonicTime now);
  /// A search found that the process holds this socket.
  void holds(ProcessId id, std::uint32_t inode) { slots_[id].descriptors.holds(inode); }
  /// Frees what has no socket: `in_use[id]` says so for each id.
  void release_unused(const std::vector<bool>& in_use);
  std::size_t size() const { return slots_.size(); }
  std::size_t open() const { return slots_.size() - free_.size(); }

 private:
  ProcessId free_slot();

  std::vector<Process> slots_;
  std::vector<ProcessId> free_;
  std::map<std::pair<pid_t, std::uint64_t>, ProcessId> by_start_;
};

}  // namespace sockwatch
