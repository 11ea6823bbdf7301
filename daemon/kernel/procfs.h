// Reads of /proc, always relative to an open directory: what is read from one process directory is
// of one process, also when its pid is reused meanwhile. Only files that cannot block are read.
// Threads: any; no state but the path.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/result.h"
#include "support/unique_fd.h"

namespace sockwatch::kernel {

/// The file's bytes, at most `limit` of them (a longer file is an error).
Result<std::string> read_file(int directory, const char* name, std::size_t limit = 65536);

/// The target of a symbolic link.
Result<std::string> read_link(int directory, const char* name);

/// The same into `buffer`, without memory of its own; a longer target is cut.
Result<std::string_view> read_link(int directory, const char* name, std::span<char> buffer);

/// Calls `on_directory` for each folder in a folder, with its inode number as the listing tells it.
Result<void> for_each_directory(
    int directory, const char* name,
    const std::function<void(const char* name, std::uint64_t inode)>& on_directory);

/// What changes when a file is written anew.
struct FileStamp {
  std::uint64_t inode = 0;
  timespec modified{};
};
Result<FileStamp> stamp_of(const char* path);

/// Calls `on_name` for each entry but "." and "..".
Result<void> for_each_name(int directory, const char* name,
                           const std::function<void(const char*)>& on_name);

Result<UniqueFd> open_directory(int directory, const char* name);

/// A /proc, the real one unless a test builds its own.
class Proc {
 public:
  static Result<Proc> open(const std::string& path = "/proc");

  int directory() const { return directory_.get(); }
  Result<std::vector<pid_t>> pids() const;
  Result<UniqueFd> open_process(pid_t pid) const;

 private:
  explicit Proc(UniqueFd directory) : directory_(std::move(directory)) {}
  UniqueFd directory_;
};

}  // namespace sockwatch::kernel
