// What a process made by TestProcess can do: the argument of its life. Every call throws
// std::runtime_error when it fails, which ends the process and reaches the test as a failure of
// what the test waits for. The process also ends when its TestProcess goes. Threads: the one that
// runs the life.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "support/channel.h"
#include "support/owned_fd.h"
#include "support/sockets.h"

namespace sockwatch::test {

class Child {
 public:
  explicit Child(const Channel& test) : test_(test) {}

  /// Lets TestProcess::until(step) return; ready() lets its constructor return.
  void reach(const std::string& step);
  void ready() { reach("ready"); }
  /// Returns at TestProcess::go(step). Steps come in the order of the test.
  void wait_for(const std::string& step);
  /// Returns after that time; the process ends when the test is done with it before.
  void pause(std::chrono::milliseconds time);
  /// Holds on to all sockets until the test is done with this process.
  [[noreturn]] void wait();

  /// TestProcess::facts(name) gets this.
  void tell(const std::string& name, const SocketFacts& facts);

  /// To TestProcess::receive_socket(), and from TestProcess::send_socket().
  void send_socket(const OwnedFd& socket);
  OwnedFd receive_socket();
  /// Sends the socket to this process itself and never receives it: open, and in no process.
  void leave_in_flight(TestSocket socket);

  /// Forks a process that inherits all descriptors, has the given name (empty: the same) and only
  /// waits. The test learns its pid from TestProcess::workers().
  pid_t fork_worker(const std::string& name = "");

  /// Forks process 1 of a pid namespace with a /proc of its own, for this life; whatever is in the
  /// namespace ends with it. The test learns its pid from TestProcess::workers().
  void fork_pid_namespace(const std::function<void()>& first_life);

  /// Opens a socket in a thread that has left the common file table with a copy of it, and keeps it
  /// there: it is in /proc/PID/task/TID/fd, but not in /proc/PID/fd.
  SocketFacts open_in_private_table(std::function<TestSocket()> open);

  /// Ends the first thread while another one lives, so that the process is a zombie with open
  /// sockets; then says ready() and waits.
  [[noreturn]] void lose_leader();

  /// Becomes another program: a copy of sh(1) under this file name, which may be longer than the
  /// 15 bytes of a process name; `arguments` end its command line. Only `socket` stays open. The
  /// test takes the running program for ready() and for reach("become").
  [[noreturn]] void become(const std::string& name, const TestSocket& socket,
                           const std::vector<std::string>& arguments = {});

 private:
  const Channel& test_;
};

}  // namespace sockwatch::test
