#include "kernel/procfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace sockwatch::kernel {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

bool is_dot(std::string_view name) {
  return name == "." || name == "..";
}

/// Every entry but "." and "..".
Result<void> for_each_entry(int directory, const char* name,
                            const std::function<void(const dirent&)>& on_entry) {
  const int fd = ::openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_failure(name, errno);
  const std::unique_ptr<DIR, CloseDirectory> entries(::fdopendir(fd));
  if (!entries) {
    const int code = errno;
    ::close(fd);
    return system_failure(name, code);
  }
  errno = 0;
  while (const dirent* entry = ::readdir(entries.get())) {
    if (!is_dot(entry->d_name)) on_entry(*entry);
    errno = 0;
  }
  if (errno != 0) return system_failure(name, errno);
  return {};
}

}  // namespace

Result<std::string> read_file(int directory, const char* name, std::size_t limit) {
  const UniqueFd file(::openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) return system_failure(name, errno);
  std::string content;
  std::array<char, 4096> chunk;
  while (true) {
    const ssize_t size = ::read(file.get(), chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_failure(name, errno);
    if (size == 0) return content;
    content.append(chunk.data(), static_cast<std::size_t>(size));
    if (content.size() > limit) return system_failure(name, EFBIG);
  }
}

Result<std::string> read_link(int directory, const char* name) {
  std::array<char, PATH_MAX> buffer;
  const auto target = read_link(directory, name, buffer);
  if (!target) return tl::unexpected(target.error());
  return std::string(*target);
}

Result<std::string_view> read_link(int directory, const char* name, std::span<char> buffer) {
  const ssize_t size = ::readlinkat(directory, name, buffer.data(), buffer.size());
  if (size < 0) return system_failure(name, errno);
  return std::string_view(buffer.data(), static_cast<std::size_t>(size));
}

Result<void> for_each_name(int directory, const char* name,
                           const std::function<void(const char*)>& on_name) {
  return for_each_entry(directory, name, [&](const dirent& entry) { on_name(entry.d_name); });
}

Result<void> for_each_directory(
    int directory, const char* name,
    const std::function<void(const char* name, std::uint64_t inode)>& on_directory) {
  return for_each_entry(directory, name, [&](const dirent& entry) {
    if (entry.d_type == DT_DIR) on_directory(entry.d_name, entry.d_ino);
  });
}

Result<FileStamp> stamp_of(const char* path) {
  struct stat facts {};
  if (::stat(path, &facts) != 0) return system_failure(path, errno);
  return FileStamp{facts.st_ino, facts.st_mtim};
}

Result<UniqueFd> open_directory(int directory, const char* name) {
  UniqueFd opened(::openat(directory, name, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return system_failure(name, errno);
  return opened;
}

Result<Proc> Proc::open(const std::string& path) {
  auto directory = open_directory(AT_FDCWD, path.c_str());
  if (!directory) return within("open proc", directory.error());
  return Proc(std::move(*directory));
}

Result<std::vector<pid_t>> Proc::pids() const {
  std::vector<pid_t> pids;
  const auto listed = for_each_name(directory_.get(), ".", [&](const char* name) {
    pid_t pid = 0;
    const char* end = name + std::strlen(name);
    if (std::from_chars(name, end, pid).ptr == end && pid > 0) pids.push_back(pid);
  });
  if (!listed) return within("list processes", listed.error());
  return pids;
}

Result<UniqueFd> Proc::open_process(pid_t pid) const {
  return open_directory(directory_.get(), std::to_string(pid).c_str());
}

}  // namespace sockwatch::kernel
