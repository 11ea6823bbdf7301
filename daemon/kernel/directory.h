// Directories of /proc, the cgroup tree and /etc as the daemon reads them: the seam at which a
// recording, or a test, stands in for the machine. What is read through one directory is of that
// one, also when its name is reused meanwhile. Only files that cannot block are read.
// Threads: one at a time per object.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/result.h"

namespace sockwatch::kernel {

struct Entry {
  const char* name = "";
  std::uint64_t inode = 0;  // as the listing tells it
  bool is_directory = false;
};

/// What changes when a file is written anew, and whose it is.
struct FileStamp {
  std::uint64_t inode = 0;
  timespec modified{};
  // Not in recordings:
  std::optional<std::uint32_t> uid = {};
  std::uint64_t links = 0;    // of a directory: its directories and two; 0 or 1 where not told
  std::uint64_t entries = 0;  // of /proc/PID/fd, since Linux 6.2 (proc_fd_getattr); 0: not told
};

using OnEntry = std::function<void(const Entry&)>;
/// False: no more are wanted for now.
using OnEntryWhile = std::function<bool(const Entry&)>;
/// One line without its newline, valid during the call. False: no more are wanted.
using OnLine = std::function<bool(std::string_view line)>;

class Directory {
 public:
  virtual ~Directory() = default;

  // `name` is relative and may have several parts, as "task/12/fd"; "." is the directory itself.

  virtual Result<std::unique_ptr<Directory>> open(const std::string& name) const = 0;
  /// The file's bytes, at most `limit` of them (a longer file is an error).
  virtual Result<std::string> read_file(const std::string& name,
                                        std::size_t limit = 65536) const = 0;
  /// Streams a file of any size; a line of more than 4 KiB is an error.
  virtual Result<void> read_lines(const std::string& name, const OnLine& on_line) const = 0;
  /// The target of a symbolic link, in `buffer`; a longer target is cut.
  virtual Result<std::string_view> read_link(const std::string& name,
                                             std::span<char> buffer) const = 0;
  /// Every entry but "." and "..".
  virtual Result<void> for_each_entry(const OnEntry& on_entry) const = 0;
  /// The same from a position on, 0 being the beginning, as far as they are wanted: the position of
  /// the next one, nothing at the end. Positions in /proc/PID/fd stay right while descriptors come
  /// and go.
  virtual Result<std::optional<std::uint64_t>> for_entries_from(std::uint64_t position,
                                                                const OnEntryWhile& on_entry) const;
  virtual Result<FileStamp> stamp(const std::string& name) const = 0;

  Result<std::string> read_link(const std::string& name) const;
};

/// The real one.
Result<std::unique_ptr<Directory>> open_directory(const std::string& path);

/// The processes of a /proc.
Result<std::vector<pid_t>> pids_of(const Directory& proc);

}  // namespace sockwatch::kernel
