#include "kernel/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "support/unique_fd.h"

namespace sockwatch::kernel {
namespace {

constexpr std::size_t kLongestLine = 4096;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

bool is_dot(std::string_view name) {
  return name == "." || name == "..";
}

Result<UniqueFd> open_file(int directory, const std::string& name) {
  // O_NONBLOCK: a FIFO without a writer must not hold anybody up.
  UniqueFd file(::openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file) return system_failure(name, errno);
  return file;
}

/// What one read() gave; empty at the end of the file.
Result<std::string_view> read_some(int file, const std::string& name, std::span<char> buffer) {
  while (true) {
    const ssize_t size = ::read(file, buffer.data(), buffer.size());
    if (size >= 0) return std::string_view(buffer.data(), static_cast<std::size_t>(size));
    if (errno != EINTR) return system_failure(name, errno);
  }
}

class RealDirectory final : public Directory {
 public:
  explicit RealDirectory(UniqueFd directory) : directory_(std::move(directory)) {}

  using Directory::read_link;

  Result<std::unique_ptr<Directory>> open(const std::string& name) const override {
    return open_at(directory_.get(), name);
  }

  static Result<std::unique_ptr<Directory>> open_at(int directory, const std::string& name) {
    UniqueFd opened(::openat(directory, name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!opened) return system_failure(name, errno);
    return std::make_unique<RealDirectory>(std::move(opened));
  }

  Result<std::string> read_file(const std::string& name, std::size_t limit) const override {
    const auto file = open_file(directory_.get(), name);
    if (!file) return tl::unexpected(file.error());
    std::string content;
    std::array<char, 4096> buffer;
    while (true) {
      const auto part = read_some(file->get(), name, buffer);
      if (!part) return tl::unexpected(part.error());
      if (part->empty()) return content;
      content.append(*part);
      if (content.size() > limit) return system_failure(name, EFBIG);
    }
  }

  Result<void> read_lines(const std::string& name, const OnLine& on_line) const override {
    const auto file = open_file(directory_.get(), name);
    if (!file) return tl::unexpected(file.error());
    std::array<char, 65536> buffer;
    std::size_t kept = 0;  // bytes at the front: a line without its end
    while (true) {
      const auto part = read_some(file->get(), name, std::span(buffer).subspan(kept));
      if (!part) return tl::unexpected(part.error());
      std::string_view text(buffer.data(), kept + part->size());
      for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
        if (!on_line(text.substr(0, end))) return {};
        text.remove_prefix(end + 1);
      }
      if (text.size() > kLongestLine) return system_failure(name, EFBIG);
      if (part->empty()) {
        if (!text.empty()) on_line(text);
        return {};
      }
      kept = text.size();
      std::memmove(buffer.data(), text.data(), kept);
    }
  }

  Result<std::string_view> read_link(const std::string& name,
                                     std::span<char> buffer) const override {
    const ssize_t size = ::readlinkat(directory_.get(), name.c_str(), buffer.data(), buffer.size());
    if (size < 0) return system_failure(name, errno);
    return std::string_view(buffer.data(), static_cast<std::size_t>(size));
  }

  Result<void> for_each_entry(const OnEntry& on_entry) const override {
    const auto listed = for_entries_from(0, [&](const Entry& entry) {
      on_entry(entry);
      return true;
    });
    if (!listed) return tl::unexpected(listed.error());
    return {};
  }

  Result<std::optional<std::uint64_t>> for_entries_from(
      std::uint64_t position, const OnEntryWhile& on_entry) const override {
    auto entries = open_entries();
    if (!entries) return tl::unexpected(entries.error());
    if (position != 0) ::seekdir(entries->get(), static_cast<long>(position));
    errno = 0;
    while (const dirent* entry = ::readdir(entries->get())) {
      if (!is_dot(entry->d_name) &&
          !on_entry({entry->d_name, entry->d_ino, entry->d_type == DT_DIR})) {
        return static_cast<std::uint64_t>(::telldir(entries->get()));
      }
      errno = 0;
    }
    if (errno != 0) return system_failure("list directory", errno);
    return std::nullopt;
  }

  Result<FileStamp> stamp(const std::string& name) const override {
    struct stat facts {};
    if (::fstatat(directory_.get(), name.c_str(), &facts, 0) != 0) {
      return system_failure(name, errno);
    }
    // Directories on disks have blocks, and a size that says nothing.
    const auto size = facts.st_blocks == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
    return FileStamp{facts.st_ino, facts.st_mtim, facts.st_uid, facts.st_nlink, size};
  }

 private:
  using Entries = std::unique_ptr<DIR, CloseDirectory>;

  Result<Entries> open_entries() const {
    const int fd = ::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return system_failure("list directory", errno);
    Entries entries(::fdopendir(fd));
    if (!entries) {
      const int code = errno;
      ::close(fd);
      return system_failure("list directory", code);
    }
    return entries;
  }

  UniqueFd directory_;
};

}  // namespace

Result<std::string> Directory::read_link(const std::string& name) const {
  std::array<char, PATH_MAX> buffer;
  const auto target = read_link(name, buffer);
  if (!target) return tl::unexpected(target.error());
  return std::string(*target);
}

/// By counting, for directories that stand in for the real ones.
Result<std::optional<std::uint64_t>> Directory::for_entries_from(
    std::uint64_t position, const OnEntryWhile& on_entry) const {
  std::uint64_t at = 0;
  std::optional<std::uint64_t> stopped;
  const auto listed = for_each_entry([&](const Entry& entry) {
    if (at++ < position || stopped) return;
    if (!on_entry(entry)) stopped = at;
  });
  if (!listed) return tl::unexpected(listed.error());
  return stopped;
}

Result<std::unique_ptr<Directory>> open_directory(const std::string& path) {
  return RealDirectory::open_at(AT_FDCWD, path);
}

Result<std::vector<pid_t>> pids_of(const Directory& proc) {
  std::vector<pid_t> pids;
  const auto listed = proc.for_each_entry([&](const Entry& entry) {
    pid_t pid = 0;
    const char* end = entry.name + std::strlen(entry.name);
    if (std::from_chars(entry.name, end, pid).ptr == end && pid > 0) pids.push_back(pid);
  });
  if (!listed) return within("list processes", listed.error());
  return pids;
}

}  // namespace sockwatch::kernel
