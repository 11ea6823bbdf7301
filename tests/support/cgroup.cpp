#include "support/cgroup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "support/checked.h"
#include "support/eventually.h"

namespace sockwatch::test {
namespace {

// Empty without one. In mountinfo the mount point is the fifth word, and the type follows a lone
// "-".
std::string cgroup2_mount() {
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string point;
    for (int i = 0; i < 5; ++i) words >> point;
    if (line.find(" - cgroup2 ") != std::string::npos) return point;
  }
  return "";
}

std::string unused_name() {
  static std::atomic<int> count{0};
  return "swt-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

}  // namespace

TestCgroup::TestCgroup(const std::string& below) {
  const std::string why_not = missing();
  if (!why_not.empty()) throw std::runtime_error(why_not);
  std::istringstream names(unused_name() + "/" + below);
  std::string path = cgroup2_mount();
  for (std::string name; std::getline(names, name, '/');) {
    path += "/" + name;
    checked(::mkdir(path.c_str(), 0755), "make cgroup " + path);
    folders_.push_back(path);
  }
}

TestCgroup::~TestCgroup() {
  for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder) {
    // A process that has just been reaped can keep its cgroup busy for a moment.
    if (!eventually([&] { return ::rmdir(folder->c_str()) == 0; })) std::perror(folder->c_str());
  }
}

std::string TestCgroup::path_in_hierarchy() const {
  return path().substr(cgroup2_mount().size());
}

std::uint64_t TestCgroup::id() const {
  struct stat status {};
  checked(::stat(path().c_str(), &status), "stat " + path());
  return status.st_ino;
}

void TestCgroup::add(pid_t pid) const {
  std::ofstream processes(path() + "/cgroup.procs");
  processes << pid << std::flush;
  if (!processes) throw std::runtime_error("cannot put a process into " + path());
}

std::string TestCgroup::missing() {
  const std::string mount = cgroup2_mount();
  if (mount.empty()) return "no cgroup2 is mounted";
  if (::access(mount.c_str(), W_OK) != 0) return mount + " cannot be written";
  return "";
}

}  // namespace sockwatch::test
