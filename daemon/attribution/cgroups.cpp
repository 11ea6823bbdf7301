#include "attribution/cgroups.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>

#include "kernel/procfs.h"

namespace sockwatch {
namespace {

constexpr std::chrono::seconds kRetry{30};
constexpr std::size_t kMaxRemembered = 100'000;
constexpr std::size_t kMountinfoLimit = 16 * 1024 * 1024;

std::string_view next_field(std::string_view& line) {
  const std::string_view field = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(field.size() + 1, line.size()));
  return field;
}

/// mountinfo writes space, tab, newline and backslash as \ooo.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t n) { return i + n < text.size() ? text[i + n] - '0' : -1; };
    const bool escape = text[i] == '\\' && digit(1) >= 0 && digit(1) < 4 && digit(2) >= 0 &&
                        digit(2) < 8 && digit(3) >= 0 && digit(3) < 8;
    out += escape ? static_cast<char>(digit(1) * 64 + digit(2) * 8 + digit(3)) : text[i];
    if (escape) i += 3;
  }
  return out;
}

std::optional<std::string> mount_of_line(std::string_view line) {
  for (int i = 0; i < 4; ++i) next_field(line);  // id, parent, device, root
  const std::string_view mount_point = next_field(line);
  const std::size_t separator = line.find(" - ");
  if (separator == std::string_view::npos) return std::nullopt;
  line.remove_prefix(separator + 3);
  if (next_field(line) != "cgroup2") return std::nullopt;
  return unescaped(mount_point);
}

std::uint64_t inode_of(const std::filesystem::path& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 ? facts.st_ino : 0;
}

}  // namespace

std::optional<std::string> find_cgroup2_mount(std::string_view mountinfo) {
  while (!mountinfo.empty()) {
    const std::string_view line = mountinfo.substr(0, mountinfo.find('\n'));
    mountinfo.remove_prefix(std::min(line.size() + 1, mountinfo.size()));
    if (auto mount = mount_of_line(line)) return mount;
  }
  return std::nullopt;
}

std::vector<std::string> Cgroups::mounts() const {
  std::vector<std::string> found;
  for (const auto& [process, root] :
       {std::pair{"/1", "/1/root"}, std::pair{"/self", "/self/root"}}) {
    const std::string file = proc_path_ + process + "/mountinfo";
    const auto text = kernel::read_file(AT_FDCWD, file.c_str(), kMountinfoLimit);
    if (!text) continue;
    if (const auto mount = find_cgroup2_mount(*text)) {
      found.push_back(proc_path_ + root + *mount);
    }
  }
  return found;
}

void Cgroups::walk(MonotonicTime now) {
  namespace fs = std::filesystem;
  for (const std::string& mount : mounts()) {
    const std::uint64_t root = inode_of(mount + "/.");
    if (root == 0) continue;
    by_id_[root] = {"/", now};
    std::error_code ignored;  // a cgroup may go while we walk
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator it(mount, options, ignored), end; it != end;
         it.increment(ignored)) {
      const std::uint64_t id = it->is_directory(ignored) ? inode_of(it->path()) : 0;
      if (id != 0) by_id_[id] = {it->path().string().substr(mount.size()), now};
    }
    return;
  }
}

std::string Cgroups::path(std::uint64_t id, MonotonicTime now) {
  if (id == 0) return "";
  const auto known = by_id_.find(id);
  const bool missing = known == by_id_.end() || known->second.path.empty();
  const bool due = known == by_id_.end() || now - known->second.looked_up >= kRetry;
  if (!missing || !due) return known->second.path;
  if (last_walk_ != now) {
    if (by_id_.size() > kMaxRemembered) by_id_.clear();
    walk(now);
    last_walk_ = now;
  }
  Known& found = by_id_[id];
  found.looked_up = now;
  return found.path;
}

}  // namespace sockwatch
