// What /proc says of one process, parsed. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sockwatch {

struct ProcessStat {
  std::string comm;              // raw bytes, at most 15
  char state = '?';              // 'Z' zombie
  std::uint64_t start_time = 0;  // clock ticks since boot
};

/// /proc/PID/stat. comm may hold any byte, parentheses and newlines too: it ends at the last ')'.
std::optional<ProcessStat> parse_process_stat(std::string_view stat);

/// The `process` label: comm, completed from the name of the executable where comm was cut at 15
/// bytes. `exe` is the target of /proc/PID/exe, "" where it may not be read.
std::string process_name(std::string_view comm, std::string_view exe);

/// The process's cgroup path out of /proc/PID/cgroup: of cgroup2, else of systemd's v1 hierarchy,
/// else of the memory controller's; "/" when it is in the root of all, "" when there is none.
std::string cgroup_path(std::string_view cgroup_file);

}  // namespace sockwatch
