#include "hostile/machine.h"

#include <linux/netlink.h>

#include <utility>

namespace sockwatch::test {
namespace {

constexpr const char* kMountinfo =
    "31 29 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";
constexpr const char* kCgroups = "1/root/sys/fs/cgroup/";

/// Numbered like the socket.
std::string descriptor(pid_t pid, std::uint32_t inode) {
  return std::to_string(pid) + "/fd/" + std::to_string(inode);
}

}  // namespace

Machine::Machine() {
  proc_.write("1/stat", stat_text({.pid = 1, .comm = "init", .start = 1}));
  proc_.write("1/mountinfo", kMountinfo);
  proc_.make_directory(kCgroups);
  write_passwd("");
}

kernel::System Machine::system() {
  auto open = [this, open = kernel_.opener()](int netlink_protocol) {
    if (netlink_protocol == NETLINK_SOCK_DIAG) fill_kernel();
    return open(netlink_protocol);
  };
  return {std::move(open), proc_.open(), etc_.open()};
}

pid_t Machine::start(FakeProcess process) {
  process.pid = ++last_pid_;
  const std::string directory = std::to_string(process.pid) + "/";
  proc_.write(directory + "stat", stat_text(process));
  proc_.write(directory + "cgroup", process.cgroup);
  proc_.link(directory + "exe", process.exe);
  proc_.make_directory(directory + "fd");
  return process.pid;
}

void Machine::end(pid_t pid) {
  open_.erase(pid);
  proc_.remove(std::to_string(pid));
}

std::uint32_t Machine::new_descriptor(pid_t pid) {
  ++last_socket_;
  proc_.link(descriptor(pid, last_socket_), "socket:[" + std::to_string(last_socket_) + "]");
  return last_socket_;
}

void Machine::open(pid_t pid, Protocol protocol, DiagSocket socket) {
  socket.cookie = socket.inode = new_descriptor(pid);
  open_[pid].push_back({protocol, std::move(socket)});
}

void Machine::open_packet_socket(pid_t pid) {
  const std::uint32_t inode = new_descriptor(pid);
  kernel_.packet_sockets.push_back({.cookie = inode, .inode = inode});
}

void Machine::close_last(pid_t pid) {
  std::vector<Open>& all = open_.at(pid);
  proc_.remove(descriptor(pid, all.back().socket.inode));
  all.pop_back();
}

std::uint64_t Machine::add_cgroup(const std::string& path) {
  return proc_.make_directory(kCgroups + path);
}

std::size_t Machine::sockets() const {
  std::size_t count = 0;
  for (const auto& [pid, open] : open_) count += open.size();
  return count;
}

void Machine::fill_kernel() {
  kernel_.tcp.clear();
  kernel_.udp.clear();
  for (const auto& [pid, open] : open_) {
    for (const auto& [protocol, socket] : open) {
      (protocol == Protocol::tcp ? kernel_.tcp : kernel_.udp).push_back(socket);
    }
  }
}

}  // namespace sockwatch::test
