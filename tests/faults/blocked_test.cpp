// Processes that block whoever looks at them too closely: a sample ends in time all the same, and
// the owners of all sockets are found.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "faults/silent_mount.h"
#include "hostile/scale.h"
#include "kernel/sampled.h"
#include "support/checked.h"
#include "support/eventually.h"
#include "support/process.h"

namespace sockwatch::test {
namespace {

constexpr const char* kListeners = "sockwatch_listener_sockets";
constexpr std::chrono::seconds kLimit{2};

/// A process that does one thing, and is killed with this object.
class Attempt {
 public:
  explicit Attempt(const std::function<void()>& act) : pid_(checked(::fork(), "fork")) {
    if (pid_ != 0) return;
    act();
    ::_exit(0);
  }
  ~Attempt() {
    ::kill(pid_, SIGKILL);
    if (!ended_) ::waitpid(pid_, nullptr, 0);
  }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  bool ends_within(std::chrono::milliseconds patience) {
    return eventually(
        [this] { return ended_ = ended_ || ::waitpid(pid_, nullptr, WNOHANG) == pid_; }, patience);
  }

 private:
  pid_t pid_;
  bool ended_ = false;
};

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string comm_of(pid_t pid) {
  const std::string line = content_of("/proc/" + std::to_string(pid) + "/comm");
  return line.substr(0, line.find('\n'));
}

/// Without it, nothing would be tested: the machine answers after all.
void expect_blocks(const std::function<void()>& act) {
  EXPECT_FALSE(Attempt(act).ends_within(std::chrono::milliseconds(300)));
}

std::array<OwnedFd, 2> quiet_pipe() {
  std::array<int, 2> ends{};
  checked(::pipe2(ends.data(), O_CLOEXEC), "pipe");
  return {OwnedFd(ends[0]), OwnedFd(ends[1])};
}

class Blocked : public Sampled {
 protected:
  void SetUp() override {
    Sampled::SetUp();
    if (IsSkipped()) return;
    directory_ =
        std::filesystem::temp_directory_path() / ("swt-silent-" + std::to_string(::getpid()));
    std::filesystem::create_directory(directory_);
    usual_ = time_of_a_search();
  }
  void TearDown() override { std::filesystem::remove(directory_); }

  /// Each sample ends in time, and shows these owners of ports, and ours of a port of our own that
  /// is new in each.
  void expect_owners_in_time(const std::map<std::uint16_t, std::string>& owners) {
    for (int i = 0; i < scaled(1, 250) && !HasFailure(); ++i) {
      const TestSocket own = tcp_listen("127.0.0.1");
      const auto before = std::chrono::steady_clock::now();
      const Exposition seen = sample();
      EXPECT_LT(std::chrono::steady_clock::now() - before, usual_ + kLimit);
      for (const auto& [port, owner] : owners) EXPECT_EQ(owner_of(seen, port), owner);
      EXPECT_EQ(owner_of(seen, own.facts.port), comm_of(::getpid()));
    }
  }

  static std::string owner_of(const Exposition& seen, std::uint16_t port) {
    return seen.label("process", kListeners, {{"port", std::to_string(port)}});
  }

  std::string directory() const { return directory_.string(); }

 private:
  /// The machine may have many processes: what a sample takes that looks at all of them.
  static std::chrono::nanoseconds time_of_a_search() {
    const TestSocket socket = tcp_listen("127.0.0.1");
    const auto before = std::chrono::steady_clock::now();
    TestSampler().sample();
    return std::chrono::steady_clock::now() - before;
  }

  std::filesystem::path directory_;
  std::chrono::nanoseconds usual_{};
};

/// A process that ends with the caller; `act` does not return.
pid_t fork_with(const std::function<void()>& act) {
  const pid_t parent = ::getpid();
  const pid_t child = checked(::fork(), "fork");
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() == parent) act();
  ::_exit(1);
}

/// Serves the mount until the process has this name, lets it alone hold the socket, and tells its
/// pid as the inode of "held".
[[noreturn]] void fall_silent(Child& me, SilentMount& mount, pid_t holder, const std::string& name,
                              TestSocket socket) {
  mount.serve_until([&] { return comm_of(holder) == name; });
  me.tell("held", {.inode = static_cast<std::uint64_t>(holder), .port = socket.facts.port});
  socket.fd = {};
  me.ready();
  me.wait();
}

/// A process that works in a directory and holds descriptors on it.
void hold_silent_directory(Child& me, const std::string& directory) {
  SilentMount mount(directory, "");
  TestSocket socket = tcp_listen("127.0.0.1");
  const pid_t holder = fork_with([&] {
    checked(::open(directory.c_str(), O_RDONLY | O_DIRECTORY), "open a directory");
    checked(::open((directory + "/file").c_str(), O_RDONLY), "open a file");
    checked(::chdir(directory.c_str()), "go into a directory");
    mount.resign();
    ::prctl(PR_SET_NAME, "on-fuse");
    while (true) ::pause();
  });
  fall_silent(me, mount, holder, "on-fuse", std::move(socket));
}

/// A process that runs a program of the file system, whose name is longer than a comm.
void run_silent_program(Child& me, const std::string& directory) {
  SilentMount mount(directory, content_of("/bin/cat"));
  TestSocket socket = tcp_listen("127.0.0.1");
  const std::array<OwnedFd, 2> silence = quiet_pipe();
  const pid_t holder = fork_with([&] {
    checked(::fcntl(socket.fd.get(), F_SETFD, 0), "keep a socket open");
    checked(::dup2(silence[0].get(), STDIN_FILENO), "read from a pipe");
    const std::string program = directory + "/program-of-fuse";
    ::execl(program.c_str(), program.c_str(), nullptr);
  });
  fall_silent(me, mount, holder, "program-of-fuse", std::move(socket));
}

TEST_F(Blocked, ByDescriptorsOnASilentFileSystem) {
  if (const auto why = SilentMount::missing(); !why.empty()) GTEST_SKIP() << why;
  TestProcess server({.name = "fuse-server"},
                     [this](Child& me) { hold_silent_directory(me, directory()); });
  const SocketFacts held = server.facts("held");
  expect_blocks([&] {
    struct stat facts {};
    ::stat(("/proc/" + std::to_string(held.inode) + "/cwd").c_str(), &facts);
  });
  expect_owners_in_time({{held.port, "on-fuse"}});
}

TEST_F(Blocked, ByAProgramOfASilentFileSystem) {
  if (const auto why = SilentMount::missing(); !why.empty()) GTEST_SKIP() << why;
  TestProcess server({.name = "fuse-server"},
                     [this](Child& me) { run_silent_program(me, directory()); });
  const SocketFacts held = server.facts("held");
  expect_blocks([&] {
    struct stat facts {};
    ::stat(("/proc/" + std::to_string(held.inode) + "/exe").c_str(), &facts);
  });
  expect_owners_in_time({{held.port, "program-of-fuse"}});
}

/// Field n of /proc/self/stat, counted from 1 as in proc(5).
std::uintptr_t own_stat_field(int n) {
  const std::string stat = content_of("/proc/self/stat");
  std::istringstream rest(stat.substr(stat.rfind(')') + 2));  // begins with field 3
  std::string field;
  for (int i = 3; i <= n; ++i) rest >> field;
  return std::stoull(field);
}

/// Takes away the pages with the arguments and environment of this process, and lets every access
/// to them wait for somebody who puts them back; nobody does.
void lose_arguments() {
  constexpr std::uintptr_t kPage = 4096;
  const std::uintptr_t begin = own_stat_field(48) / kPage * kPage;      // arg_start
  const std::uintptr_t end = (own_stat_field(51) / kPage + 1) * kPage;  // env_end
  const auto faults = static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC));
  checked(faults, "userfaultfd");
  uffdio_api api{.api = UFFD_API, .features = 0, .ioctls = 0};
  checked(::ioctl(faults, UFFDIO_API, &api), "agree on userfaultfd");
  uffdio_register range{};
  range.range = {begin, end - begin};
  range.mode = UFFDIO_REGISTER_MODE_MISSING;
  checked(::ioctl(faults, UFFDIO_REGISTER, &range), "watch the arguments");
  checked(::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED), "drop them");
}

TEST_F(Blocked, ByArgumentsThatCannotBeRead) {
  if (::syscall(SYS_userfaultfd, O_CLOEXEC) < 0) GTEST_SKIP() << "no userfaultfd";
  TestProcess process({.name = "no-arguments"}, [](Child& me) {
    const TestSocket socket = tcp_listen("127.0.0.1");
    me.tell("held", socket.facts);
    lose_arguments();
    me.ready();
    me.wait();
  });
  const SocketFacts held = process.facts("held");
  const std::string directory = "/proc/" + std::to_string(process.pid());
  for (const std::string file : {"cmdline", "environ"}) {
    Attempt reading([&] { (void)content_of(directory + "/" + file); });
    RecordProperty(file, reading.ends_within(std::chrono::milliseconds(300)) ? "ends" : "blocks");
  }
  expect_owners_in_time({{held.port, "no-arguments"}});
}

TEST_F(Blocked, ByStoppedProcessesAndZombies) {
  TestProcess stopped({.name = "stopped"}, [](Child& me) {
    const TestSocket socket = tcp_listen("127.0.0.1");
    me.tell("held", socket.facts);
    me.ready();
    me.wait();
  });
  const SocketFacts held = stopped.facts("held");
  ::kill(stopped.pid(), SIGSTOP);
  Attempt zombie([] {});
  siginfo_t ended{};
  ::waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT);
  expect_owners_in_time({{held.port, "stopped"}});
}

}  // namespace
}  // namespace sockwatch::test
