#include "recordings/isolation.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>

#include "e2e/program.h"
#include "support/cgroup.h"
#include "support/checked.h"
#include "support/command.h"

namespace sockwatch::test {
namespace {

constexpr const char* kPasswd =
    "root:x:0:0:root:/root:/bin/bash\n"
    "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n"
    "alice:x:1000:1000:Alice:/home/alice:/bin/bash\n";

void mount_on(const char* type, const std::string& target) {
  checked(::mount(type, target.c_str(), type, 0, nullptr), "mount " + target);
}

/// The rest of what a first process of a pid namespace needs, and then the function.
void live(const std::function<void()>& function, const std::string& passwd,
          const std::string& cgroup_mount) {
  checked(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  mount_on("proc", "/proc");
  // The kernel refuses to mount a file system on itself.
  checked(::umount2(cgroup_mount.c_str(), MNT_DETACH), "unmount " + cgroup_mount);
  mount_on("cgroup2", cgroup_mount);
  checked(::mount(passwd.c_str(), "/etc/passwd", nullptr, MS_BIND, nullptr), "mount /etc/passwd");
  run_command({"ip", "link", "set", "lo", "up"});
  function();
}

/// In a fresh child: 0 when it came to its end.
template <typename Function>
int exit_status_of(const Function& function) {
  const pid_t child = checked(::fork(), "fork");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
      function();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  checked(::waitpid(child, &status, 0), "waitpid");
  return status;
}

}  // namespace

void in_isolation(const std::function<void()>& function) {
  const TestFolder folder;
  const std::string passwd = folder.write("passwd", kPasswd);
  const TestCgroup root;
  const std::string path = root.path();
  const std::string mount = path.substr(0, path.size() - root.path_in_hierarchy().size());
  const auto first_process = [&] { live(function, passwd, mount); };
  const int status = exit_status_of([&] {
    root.add(0);
    checked(::unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWNET), "unshare");
    if (exit_status_of(first_process) != 0) throw std::runtime_error("not done in isolation");
  });
  if (status != 0) throw std::runtime_error("isolated process failed");
}

}  // namespace sockwatch::test
