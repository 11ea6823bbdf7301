// A machine in memory, of any size: what its kernel dumps and what its /proc says agree, as far as
// the daemon asks. Threads: one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kernel/system.h"
#include "support/fake_kernel.h"
#include "support/memory_directory.h"
#include "support/proc_tree.h"

namespace sockwatch::test {

class Machine {
 public:
  /// Process 1 and a cgroup tree without cgroups, no socket and no user.
  Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// Lives no longer than this machine.
  kernel::System system();

  /// A process like this one, whose pid is chosen here. Pids are not reused.
  pid_t start(FakeProcess process);
  /// Its sockets go with it.
  void end(pid_t pid);

  /// The process opens this socket, whose cookie and inode are chosen here.
  void open(pid_t pid, Protocol protocol, DiagSocket socket);
  void open_packet_socket(pid_t pid);
  /// It closes the one that it opened last with open().
  void close_last(pid_t pid);
  /// The id of a cgroup that is made here, of a path without the first '/'.
  std::uint64_t add_cgroup(const std::string& path);

  void write_passwd(std::string text) { etc_.write("passwd", std::move(text)); }
  FakeKernel& kernel() { return kernel_; }
  /// TCP and UDP.
  std::size_t sockets() const;
  std::size_t sockets_of(pid_t pid) const { return open_.at(pid).size(); }

 private:
  struct Open {
    Protocol protocol = Protocol::tcp;
    DiagSocket socket;
  };

  std::uint32_t new_descriptor(pid_t pid);
  void fill_kernel();

  FakeKernel kernel_;
  MemoryDirectory proc_;
  MemoryDirectory etc_;
  pid_t last_pid_ = 1;
  std::uint32_t last_socket_ = 0;
  std::map<pid_t, std::vector<Open>> open_;
};

}  // namespace sockwatch::test
