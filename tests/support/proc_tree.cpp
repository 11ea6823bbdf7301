#include "support/proc_tree.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "support/checked.h"

namespace sockwatch::test {
namespace {

namespace fs = std::filesystem;

// With the blank in its name, the mount point tests the escapes of mountinfo too.
constexpr const char* kMountPoint = "sys/fs/cgroup two";
constexpr const char* kMountinfo =
    "24 29 0:22 / /proc rw,relatime - proc proc rw\n"
    "31 29 0:27 / /sys/fs/cgroup\\040two rw,relatime shared:4 - cgroup2 cgroup2 rw\n";
constexpr const char* kRawHeader =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode ref pointer drops\n";

fs::path temporary_directory() {
  std::string name = (fs::temp_directory_path() / "sockwatch-proc-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) checked(-1, "make " + name);
  checked(::chmod(name.c_str(), 0755), "open up " + name);  // for tests that give up root
  return name;
}

void make_link(const fs::path& file, const std::string& target) {
  fs::create_directories(file.parent_path());
  fs::remove(file);
  fs::create_symlink(target, file);
}

std::string socket_link(std::uint32_t inode) {
  return "socket:[" + std::to_string(inode) + "]";
}

}  // namespace

std::string stat_text(const FakeProcess& process) {
  std::string text = std::to_string(process.pid) + " (" + process.comm + ") " + process.state;
  for (int field = 4; field < 22; ++field) text += " " + std::to_string(field);
  text += " " + std::to_string(process.start);
  for (int field = 23; field <= 52; ++field) text += " " + std::to_string(field);
  return text + "\n";
}

ProcTree::ProcTree()
    : top_(temporary_directory()), proc_(top_ / "proc"), cgroups_(top_ / "root" / kMountPoint) {
  fs::create_directories(cgroups_);
  fs::create_directories(proc_);
  write("self/mountinfo", "");
  for (const char* table : {"raw", "raw6", "icmp", "icmp6"}) {
    write(std::string("thread-self/net/") + table, kRawHeader);
  }
}

ProcTree::~ProcTree() {
  std::error_code ignored;
  fs::remove_all(top_, ignored);
}

std::shared_ptr<const kernel::Directory> ProcTree::open() const {
  return kernel::open_directory(path()).value();
}

fs::path ProcTree::directory_of(pid_t pid) const {
  return proc_ / std::to_string(pid);
}

void ProcTree::add(const FakeProcess& process) {
  end(process.pid);
  fs::create_directories(directory_of(process.pid) / "fd");
  fs::create_directories(directory_of(process.pid) / "task" / std::to_string(process.pid) / "fd");
  describe(process);
}

void ProcTree::end(pid_t pid) {
  const fs::path ended = top_ / "ended";
  if (!fs::exists(directory_of(pid))) return;
  fs::rename(directory_of(pid), ended);
  fs::remove_all(ended);
}

void ProcTree::exec(const FakeProcess& process) {
  describe(process);
}

void ProcTree::describe(const FakeProcess& process) {
  const std::string directory = std::to_string(process.pid);
  write(directory + "/stat", stat_text(process));
  write(directory + "/comm", process.comm + "\n");
  write(directory + "/cgroup", process.cgroup);
  fs::remove(proc_ / directory / "exe");
  if (!process.exe.empty()) link(directory + "/exe", process.exe);
}

void ProcTree::hold(pid_t pid, int descriptor, std::uint32_t inode) {
  const std::string name = std::to_string(descriptor);
  make_link(directory_of(pid) / "fd" / name, socket_link(inode));
  hold_in_thread(pid, pid, descriptor, inode);
}

void ProcTree::hold_in_thread(pid_t pid, pid_t thread, int descriptor, std::uint32_t inode) {
  const fs::path table = directory_of(pid) / "task" / std::to_string(thread) / "fd";
  make_link(table / std::to_string(descriptor), socket_link(inode));
}

void ProcTree::release(pid_t pid, int descriptor) {
  const std::string name = "fd/" + std::to_string(descriptor);
  fs::remove(directory_of(pid) / name);
  fs::remove(directory_of(pid) / "task" / std::to_string(pid) / name);
}

std::uint64_t ProcTree::add_cgroup(const std::string& path) {
  if (!fs::exists(proc_ / "1/mountinfo")) {
    write("1/mountinfo", kMountinfo);
    link("1/root", (top_ / "root").string());
  }
  const fs::path folder = cgroups_ / path;
  fs::create_directories(folder);
  struct stat facts {};
  checked(::stat(folder.c_str(), &facts), "look at " + folder.string());
  return facts.st_ino;
}

void ProcTree::remove_cgroup(const std::string& path) {
  fs::remove_all(cgroups_ / path);
}

void ProcTree::write(const std::string& file, const std::string& text) {
  fs::create_directories((proc_ / file).parent_path());
  std::ofstream out(proc_ / file, std::ios::trunc);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + file);
}

void ProcTree::link(const std::string& file, const std::string& target) {
  make_link(proc_ / file, target);
}

void ProcTree::remove(const std::string& file) {
  fs::remove_all(proc_ / file);
}

}  // namespace sockwatch::test
