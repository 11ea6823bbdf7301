// A network namespace of a test's own: its sockets, devices and counts are seen by nobody else, and
// nobody else's are seen in it, so that tests may run side by side. Needs root, see
// missing_privilege().
// Threads: a namespace is entered by one thread at a time of its own; the object may be shared.
// Note that /proc/net is the view of the first thread of a process; use /proc/thread-self/net.
#pragma once

#include <functional>
#include <string>

#include "support/owned_fd.h"

namespace sockwatch::test {

/// Puts the calling thread into another namespace; its end puts it back. Destroy on the same
/// thread. A thread that cannot be put back would spoil all later tests, so that ends the program.
class NamespaceVisit {
 public:
  explicit NamespaceVisit(const std::string& path);
  ~NamespaceVisit();
  NamespaceVisit(const NamespaceVisit&) = delete;
  NamespaceVisit& operator=(const NamespaceVisit&) = delete;

 private:
  OwnedFd home_;
};

class TestNamespace {
 public:
  enum class Loopback { kUp, kDown };

  /// Made by `ip netns add` under an unused name. Throws std::runtime_error.
  explicit TestNamespace(Loopback loopback = Loopback::kUp);
  /// Deletes the name. The kernel drops the namespace when the last process and socket in it ends:
  /// end them before.
  ~TestNamespace();
  TestNamespace(const TestNamespace&) = delete;
  TestNamespace& operator=(const TestNamespace&) = delete;

  const std::string& name() const { return name_; }  // swt-<pid>-<n>
  std::string path() const { return "/run/netns/" + name_; }

  /// Runs the function in a fresh thread inside and waits for its end; what it throws is thrown
  /// here.
  void run(const std::function<void()>& function) const;
  /// The calling thread is inside as long as the result lives.
  [[nodiscard]] NamespaceVisit enter() const { return NamespaceVisit(path()); }
  /// The calling thread is inside for good.
  void join() const;

  /// A device that is up with these addresses, in use at once. Its other end, `<device>p`, stays in
  /// the same namespace, up and without an address.
  void add_veth(const std::string& device, const std::string& ipv4 = "",
                const std::string& ipv6 = "") const;
  /// A tunnel `vxlan<port>` whose UDP socket on 0.0.0.0 belongs to the kernel and to no process.
  void add_vxlan(int port) const;

  /// Empty, or why this process can make no namespaces: text for GTEST_SKIP.
  static std::string missing_privilege();

 private:
  std::string name_;
};

}  // namespace sockwatch::test
