// A /proc of a test's own in a temporary directory: processes that hold sockets, and the cgroups
// that they are in. Removed with the object. What is written here is what Linux writes, but for
// the targets of descriptors, which dangle.
// Threads: one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "kernel/directory.h"

namespace sockwatch::test {

struct FakeProcess {
  pid_t pid = 100;
  std::string comm = "server";  // raw
  std::uint64_t start = 5000;   // clock ticks since boot
  std::string exe = "/usr/bin/server";
  std::string cgroup = "0::/\n";  // the whole file
  char state = 'S';
};

/// The text of /proc/PID/stat.
std::string stat_text(const FakeProcess& process);

class ProcTree {
 public:
  ProcTree();
  ~ProcTree();
  ProcTree(const ProcTree&) = delete;
  ProcTree& operator=(const ProcTree&) = delete;

  std::string path() const { return proc_.string(); }
  std::shared_ptr<const kernel::Directory> open() const;

  /// A process, without descriptors. In place of one with the same pid: that one has ended then, so
  /// that a directory of it that is still open shows nothing.
  void add(const FakeProcess& process);
  void end(pid_t pid);
  /// The process runs another program: comm and exe change, descriptors stay.
  void exec(const FakeProcess& process);

  void hold(pid_t pid, int descriptor, std::uint32_t inode);
  /// In a descriptor table that this thread has for itself.
  void hold_in_thread(pid_t pid, pid_t thread, int descriptor, std::uint32_t inode);
  void release(pid_t pid, int descriptor);

  /// The id of a cgroup, made below the cgroup2 mount of process 1 where it is not there yet; "" is
  /// the root. A process 1 has to be added before.
  std::uint64_t add_cgroup(const std::string& path);
  void remove_cgroup(const std::string& path);

  /// Any file or link below /proc.
  void write(const std::string& file, const std::string& text);
  void link(const std::string& file, const std::string& target);
  /// The same, or a directory with all that is in it.
  void remove(const std::string& file);

 private:
  std::filesystem::path directory_of(pid_t pid) const;
  void describe(const FakeProcess& process);

  std::filesystem::path top_;
  std::filesystem::path proc_;
  std::filesystem::path cgroups_;
};

}  // namespace sockwatch::test
