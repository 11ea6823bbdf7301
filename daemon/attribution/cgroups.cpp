#include "attribution/cgroups.h"

#include <charconv>
#include <vector>

#include "kernel/mountinfo.h"

namespace sockwatch {
namespace {

constexpr std::chrono::seconds kRetry{30};
constexpr std::size_t kMountinfoLimit = std::size_t{16} << 20;
// Managers nest less than a dozen. A user who may make cgroups can nest them for ever.
constexpr int kMaxDepth = 64;

using Paths = boost::unordered_flat_map<std::uint64_t, std::string>;

/// A cgroup that goes while its tree is walked is left out, and what is below it.
void add_below(const kernel::Directory& directory, const std::string& path, int depth,
               Paths& paths) {
  if (depth > kMaxDepth) return;
  std::vector<std::string> names;
  const std::string prefix = path + "/";
  (void)directory.for_each_entry([&](const kernel::Entry& entry) {
    if (!entry.is_directory) return;
    paths[entry.inode] = prefix + entry.name;
    names.emplace_back(entry.name);
  });
  for (const std::string& name : names) {
    const auto below = directory.open(name);
    if (below) add_below(**below, prefix + name, depth + 1, paths);
  }
}

/// Sockets of other cgroups are made for services by process 1.
bool tells_holders(std::string_view path) {
  return path.size() > 1 && !path.ends_with("/init.scope") && !path.ends_with(".socket");
}

}  // namespace

std::optional<std::string> find_cgroup2_mount(std::string_view mountinfo) {
  auto mounts = kernel::mounts_of_type(mountinfo, "cgroup2");
  if (mounts.empty()) return std::nullopt;
  return std::move(mounts.front().point);
}

std::vector<std::string> Cgroups::mounts() const {
  std::vector<std::string> found;
  for (const std::string process : {"1", "self"}) {
    const auto text = proc_->read_file(process + "/mountinfo", kMountinfoLimit);
    const auto mount = text ? find_cgroup2_mount(*text) : std::nullopt;
    if (mount) found.push_back(process + "/root" + *mount);
  }
  return found;
}

/// Ids that nobody asked for since the walk before last are forgotten, so that memory does not grow
/// with every cgroup that ever was; a removed cgroup that still has sockets keeps its path.
void Cgroups::walk() {
  Paths paths;
  for (const std::string& mount : mounts()) {
    const auto directory = proc_->open(mount);
    const auto root = directory ? (*directory)->stamp(".") : tl::unexpected(directory.error());
    if (!root) continue;
    mount_ = mount;
    paths.try_emplace(root->inode, 1, '/');
    add_below(**directory, "", 1, paths);
    break;
  }
  erase_if(by_id_,
           [&](const auto& entry) { return !entry.second.asked && !paths.contains(entry.first); });
  for (auto& [id, known] : by_id_) known.asked = false;
  for (auto& [id, path] : paths) by_id_[id].path = std::move(path);
}

std::string Cgroups::path(std::uint64_t id, MonotonicTime now) {
  if (id == 0) return "";
  const auto known = by_id_.find(id);
  const bool missing = known == by_id_.end() || known->second.path.empty();
  const bool due = known == by_id_.end() || now - known->second.looked_up >= kRetry;
  if (missing && due) {
    if (last_walk_ != now) walk();
    last_walk_ = now;
    by_id_[id].looked_up = now;
  }
  Known& found = by_id_[id];
  found.asked = true;
  return found.path;
}

std::vector<pid_t> Cgroups::processes(std::uint64_t id, MonotonicTime now) {
  std::vector<pid_t> pids;
  const std::string cgroup = path(id, now);
  if (!tells_holders(cgroup)) return pids;
  (void)proc_->read_lines(mount_ + cgroup + "/cgroup.procs", [&](std::string_view line) {
    pid_t pid = 0;
    std::from_chars(line.data(), line.data() + line.size(), pid);
    if (pid > 0) pids.push_back(pid);
    return true;
  });
  return pids;
}

}  // namespace sockwatch
