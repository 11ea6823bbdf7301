// A process of a test's own: forked with a name, a user, a cgroup and a network namespace, it lives
// the life that the test writes down in place.
//
//   TestProcess nginx({.name = "nginx", .uid = 33, .netns = &netns}, [](Child& me) {
//     const TestSocket socket = tcp_listen("0.0.0.0");
//     me.tell("web", socket.facts);
//     me.ready();
//     me.wait();
//   });
//   nginx.facts("web").inode ...
//
// The life starts with a copy of the test's memory, but of its descriptors only with 0, 1 and 2:
// what it shall hold it opens, or gets by send_socket(). Assertions in it are not seen by the test:
// throw instead. A return from it ends the process.
//
// All waits are bounded by kPatience and throw std::runtime_error; a failure of the life is thrown
// from the next of them. Threads: one. Only the calling thread is copied into the process, so
// no other thread may be busy when it is made. ThreadSanitizer lets a life start threads (and so
// the calls of Child that do) only if the test had a single one.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/cgroup.h"
#include "support/channel.h"
#include "support/child.h"
#include "support/netns.h"
#include "support/owned_fd.h"

namespace sockwatch::test {

struct ProcessOptions {
  std::string name = {};  // comm: any bytes but NUL, cut to 15; empty: that of the test
  std::optional<uid_t> uid = {};
  std::optional<gid_t> gid = {};
  const TestNamespace* netns = nullptr;  // nullptr: that of the calling thread
  const TestCgroup* cgroup = nullptr;    // nullptr: that of the test
};

class TestProcess {
 public:
  using Life = std::function<void(Child& me)>;

  /// Returns when the life says ready().
  TestProcess(const ProcessOptions& options, const Life& life);
  /// Kills it and its workers(), and returns when they and their descriptors are gone.
  ~TestProcess();
  TestProcess(const TestProcess&) = delete;
  TestProcess& operator=(const TestProcess&) = delete;

  pid_t pid() const { return pid_; }
  const std::vector<pid_t>& workers() const { return workers_; }  // as of the last until()
  const std::string& program() const { return program_; }         // path, after Child::become()

  /// Lets Child::wait_for(step) return.
  void go(const std::string& step);
  /// Returns when the life has reached the step.
  void until(const std::string& step);
  /// Returns when the process has ended by itself; its pid is not reused before the destructor.
  void await_exit();

  /// What the life told under this name, if needed after waiting for it.
  SocketFacts facts(const std::string& name);

  void send_socket(int socket);
  OwnedFd receive_socket();

 private:
  void end();
  /// Takes one message of the life; `what` is what the test waits for.
  void receive(const std::string& what);
  void take(Received received);
  void await_program(const std::string& path);

  std::string name_;
  Channel life_;
  pid_t pid_ = -1;
  OwnedFd handle_;  // pidfd: readable when the process has ended
  std::vector<pid_t> workers_;
  std::vector<OwnedFd> worker_handles_;
  std::string program_;
  std::set<std::string> steps_;
  std::map<std::string, SocketFacts> facts_;
  std::vector<OwnedFd> sockets_;
};

}  // namespace sockwatch::test
