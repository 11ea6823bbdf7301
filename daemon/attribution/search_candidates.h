// Which processes may hold sockets that are searched, in the order in which they are asked: those
// of the sockets' cgroups, then those of the sockets' users, then the rest. Among each of these the
// earliest start comes first, then the lowest pid, so that the first holder found is the owner.
// Process 1, which hands sockets on to services, is the last of all.
// Threads: one.
#pragma once

#include <sys/types.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <vector>

#include "kernel/directory.h"

namespace sockwatch {

/// Who is likely to hold the sockets of a search.
struct SearchHints {
  boost::unordered_flat_set<std::uint32_t> uids;
  boost::unordered_flat_set<pid_t> pids;  // of the sockets' cgroups
  // When the sockets were all searched before, SearchCandidates::changes() at the beginning of that
  // search: only processes that changed since are asked. Else 0.
  std::uint64_t searched = 0;
};

class SearchCandidates {
 public:
  /// Looks what runs now. Of a process that ran the last time, what was read of it stays: it serves
  /// the order alone, so that it may be old.
  Result<void> list(const kernel::Directory& proc);
  /// Reads the facts of one process more; false when there is none left.
  bool describe_next(const kernel::Directory& proc);
  std::vector<pid_t> in_order(const SearchHints& hints) const;
  /// hidepid leaves out other users' processes, process 1 among them; a pid namespace of our own
  /// leaves out the host's.
  bool hides_processes(const kernel::Directory& proc) const;

  /// Changes that were noticed in all processes.
  std::uint64_t changes() const { return changes_; }
  /// Whether the number of descriptors of the process changed after changes() was `before`, or may
  /// have: it is not told, or the process was not read.
  bool changed_since(const kernel::Directory& proc, pid_t pid, std::uint64_t before);
  void not_read(pid_t pid);

 private:
  struct Candidate {
    pid_t pid = 0;
    std::uint64_t inode = 0;                // of /proc/PID: another one for a reused pid
    std::uint64_t start_time = UINT64_MAX;  // unknown ones are asked late
    std::optional<std::uint32_t> uid = {};
    bool described = false;
    std::uint64_t descriptors = 0;  // at the last look; 0: unknown
    std::uint64_t changed = 0;      // changes() then
  };

  Candidate* find(pid_t pid);
  int stage(const Candidate& candidate, const SearchHints& hints) const;

  std::vector<Candidate> running_;  // by pid
  std::size_t described_ = 0;       // of running_, all before it
  std::uint64_t changes_ = 1;
};

}  // namespace sockwatch
