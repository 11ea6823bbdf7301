// The text of /proc/PID/mountinfo; its fields: Documentation/filesystems/proc.rst, section 3.5.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sockwatch::kernel {

struct Mount {
  std::string root;   // within its file system
  std::string point;  // where it is seen
  std::string type;   // "cgroup2", "nsfs"
};

/// The mounts of one type, in order; octal escapes are resolved. Lines that are none are left out.
std::vector<Mount> mounts_of_type(std::string_view mountinfo, std::string_view type);

}  // namespace sockwatch::kernel
