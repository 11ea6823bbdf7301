#include "kernel/namespace_finder.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>

#include "kernel/mountinfo.h"

namespace sockwatch::kernel {
namespace {

using std::chrono::seconds;

constexpr seconds kYoung{5};  // who starts a container enters its namespace soon
constexpr seconds kProcessPeriod{10};
constexpr seconds kThreadsPeriod{30};
constexpr std::size_t kMountinfoLimit = std::size_t{16} << 20;

/// Whether a turn began since `then`. Turns of neighbouring pids begin at different times: each
/// call looks at a part of all processes.
bool is_due(pid_t pid, MonotonicTime then, MonotonicTime now, seconds period) {
  const auto turn = [&](MonotonicTime time) {
    return (std::chrono::floor<seconds>(time.time_since_epoch()) + seconds(pid)) / period;
  };
  return turn(then) != turn(now);
}

bool is_denied(const Error& error) {
  return error.code == EACCES || error.code == EPERM;
}

/// Of "net:[4026531840]".
std::uint64_t inode_of(std::string_view root) {
  constexpr std::string_view kPrefix = "net:[";
  std::uint64_t inode = 0;
  if (!root.starts_with(kPrefix)) return 0;
  root.remove_prefix(kPrefix.size());
  std::from_chars(root.data(), root.data() + root.size(), inode);
  return inode;
}

/// The file name below the directories that iproute2 keeps its names in.
std::string name_of(std::string_view path) {
  for (const std::string_view directory : {"/run/netns/", "/var/run/netns/"}) {
    if (path.starts_with(directory)) return std::string(path.substr(directory.size()));
  }
  return "";
}

}  // namespace

Result<std::vector<FoundNamespace>> NamespaceFinder::find(MonotonicTime now) {
  if (const auto looked = look_at_all(now); !looked) return tl::unexpected(looked.error());
  Found found;
  add_processes(found);
  if (sight_ == NamespaceSight::descriptor) add_mounts(found);
  if (const auto own = inode_seen(*proc_, "thread-self")) found.erase(*own);
  std::vector<FoundNamespace> all;
  for (auto& [inode, one] : found) all.push_back(std::move(one));
  return all;
}

Result<void> NamespaceFinder::look_at_all(MonotonicTime now) {
  const auto pids = pids_of(*proc_);
  if (!pids) return tl::unexpected(pids.error());
  ++round_;
  for (const pid_t pid : *pids) {
    const auto [place, is_new] = processes_.try_emplace(pid);
    Process& process = place->second;
    const std::uint64_t before = process.inode;
    process.round = round_;
    if (is_new) process.first_seen = now;
    if (is_new || now - process.first_seen < kYoung ||
        is_due(pid, process.looked_at, now, kProcessPeriod)) {
      look_at(pid, process, now);
    }
    const bool has_ended = process.inode == 0 && before != 0;
    if (is_new || has_ended || is_due(pid, process.threads_looked_at, now, kThreadsPeriod)) {
      look_at_threads(pid, process, now);
    }
  }
  erase_if(processes_, [&](const auto& known) { return known.second.round != round_; });
  unreadable_ = 0;
  for (const auto& [pid, process] : processes_) unreadable_ += process.denied ? 1 : 0;
  return {};
}

/// Reading the link costs half of following it.
Result<std::uint64_t> NamespaceFinder::inode_seen(const Directory& directory,
                                                  const std::string& task) const {
  if (sight_ == NamespaceSight::tables) {
    return directory.stamp(task + "/net/tcp").map([](const FileStamp& seen) { return seen.inode; });
  }
  std::array<char, 32> buffer;
  return directory.read_link(task + "/ns/net", buffer).map(inode_of);
}

void NamespaceFinder::look_at(pid_t pid, Process& process, MonotonicTime now) {
  const auto seen = inode_seen(*proc_, std::to_string(pid));
  process.inode = seen.value_or(0);
  process.denied = !seen && is_denied(seen.error());
  process.looked_at = now;
}

void NamespaceFinder::look_at_threads(pid_t pid, Process& process, MonotonicTime now) {
  process.threads.clear();
  process.threads_looked_at = now;
  if (process.denied) return;
  const auto tasks = proc_->open(std::to_string(pid) + "/task");
  if (!tasks) return;
  const std::string leader = std::to_string(pid);
  std::vector<std::string> others;
  // A process that ends while its threads are listed has none.
  (void)(*tasks)->for_each_entry([&](const Entry& entry) {
    if (entry.name != leader) others.emplace_back(entry.name);
  });
  for (const std::string& thread : others) {
    const auto seen = inode_seen(**tasks, thread);
    if (seen && *seen != process.inode) process.threads[*seen] = std::stoi(thread);
  }
}

/// Of several processes the first one is likely to outlive the others.
void NamespaceFinder::add(Found& found, std::uint64_t inode, pid_t pid,
                          const std::string& directory) {
  FoundNamespace& one = found[inode];
  if (one.process != 0 && one.process <= pid) return;
  one = {inode, "/proc/" + directory + "/ns/net", pid, directory + "/net", ""};
}

void NamespaceFinder::add_processes(Found& found) const {
  for (const auto& [pid, process] : processes_) {
    const std::string directory = std::to_string(pid);
    if (process.inode != 0) add(found, process.inode, pid, directory);
    for (const auto& [inode, thread] : process.threads) {
      add(found, inode, pid, directory + "/task/" + std::to_string(thread));
    }
  }
}

void NamespaceFinder::add_mounts(Found& found) const {
  const auto text = proc_->read_file("thread-self/mountinfo", kMountinfoLimit);
  if (!text) return;
  for (const Mount& mount : mounts_of_type(*text, "nsfs")) {
    const std::uint64_t inode = inode_of(mount.root);
    if (inode == 0) continue;
    FoundNamespace& one = found[inode];
    one.inode = inode;
    if (!one.name.empty()) continue;
    one.name = name_of(mount.point);
    one.path = mount.point;
  }
}

}  // namespace sockwatch::kernel
