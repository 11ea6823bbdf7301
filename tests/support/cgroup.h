// A cgroup of a test's own under the cgroup2 mount, for processes to be in. Needs root.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sockwatch::test {

class TestCgroup {
 public:
  /// Makes `swt-<pid>-<n>/<below>`, all folders of it: TestCgroup("system.slice/nginx.service").
  /// Throws std::runtime_error.
  explicit TestCgroup(const std::string& below = "");
  /// Removes them; the processes in it have to end before.
  ~TestCgroup();
  TestCgroup(const TestCgroup&) = delete;
  TestCgroup& operator=(const TestCgroup&) = delete;

  const std::string& path() const { return folders_.back(); }  // from the root of the file system
  std::string path_in_hierarchy() const;  // as in /proc/PID/cgroup: "/swt-1-1/nginx.service"
  std::uint64_t id() const;               // as on the sockets that are made in it
  void add(pid_t pid) const;              // 0: the calling process

  /// Empty, or why no cgroup can be made: text for GTEST_SKIP.
  static std::string missing();

 private:
  std::vector<std::string> folders_;  // outermost first
};

}  // namespace sockwatch::test
