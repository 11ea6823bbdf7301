// The network namespaces that can be seen from here, without keeping any of them alive: those that
// processes and threads are in, and those that are bind mounts of nsfs in our mount namespace.
//
// /proc/PID/ns/net leads to one inode per namespace (fs/nsfs.c). Who may not follow it can still
// tell namespaces apart: the entries of /proc/PID/net are made once per namespace, so that
// /proc/PID/net/tcp has an inode number of its own in each (fs/proc/proc_net.c).
#pragma once

#include <sys/types.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernel/directory.h"
#include "support/clock.h"

namespace sockwatch::kernel {

/// By what a namespace is recognised: `descriptor` needs CAP_SYS_PTRACE for processes of others,
/// `tables` needs nothing and sees no namespace that is without a process.
enum class NamespaceSight { descriptor, tables };

struct FoundNamespace {
  std::uint64_t inode = 0;  // used again as soon as the namespace is gone: the cookie is what lasts
  std::string path;         // opens it now: "/proc/12/ns/net", "/run/netns/blue"
  pid_t process = 0;   // whose thread is in it, as "/proc/PID"; 0 where a mount is all there is
  std::string tables;  // below /proc: "12/net", "12/task/14/net"; "" without a process
  std::string name;    // raw, as `ip netns` knows it; "" for others
};

/// Threads: one.
class NamespaceFinder {
 public:
  NamespaceFinder(std::shared_ptr<const Directory> proc, NamespaceSight sight)
      : proc_(std::move(proc)), sight_(sight) {}

  /// All namespaces but our own, by inode. Meant to be called each second: a process is looked at
  /// in each call while it is younger than 5 s, then once in 10 s; its threads once in 30 s, and
  /// when its first thread is seen to have ended. An error when /proc cannot be listed.
  Result<std::vector<FoundNamespace>> find(MonotonicTime now);

  /// Processes, of those seen last, whose namespace we may not know.
  std::size_t unreadable() const { return unreadable_; }

 private:
  struct Process {
    std::uint64_t inode = 0;  // 0: not known
    bool denied = false;
    std::uint64_t round = 0;  // of the last find() that listed it
    MonotonicTime first_seen;
    MonotonicTime looked_at;
    MonotonicTime threads_looked_at;
    std::map<std::uint64_t, pid_t> threads;  // inode of a thread elsewhere → its id
  };

  using Found = std::map<std::uint64_t, FoundNamespace>;

  Result<void> look_at_all(MonotonicTime now);
  Result<std::uint64_t> inode_seen(const Directory& directory, const std::string& task) const;
  void look_at(pid_t pid, Process& process, MonotonicTime now);
  void look_at_threads(pid_t pid, Process& process, MonotonicTime now);
  static void add(Found& found, std::uint64_t inode, pid_t pid, const std::string& directory);
  void add_processes(Found& found) const;
  void add_mounts(Found& found) const;

  std::shared_ptr<const Directory> proc_;
  NamespaceSight sight_;
  boost::unordered_flat_map<pid_t, Process> processes_;
  std::uint64_t round_ = 0;
  std::size_t unreadable_ = 0;
};

}  // namespace sockwatch::kernel
