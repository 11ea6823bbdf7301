// What `sockwatch list` is asked for.
#pragma once

#include <cstdint>
#include <string>

namespace sockwatch {

enum class GroupBy : std::uint8_t { none, state, port, process, unit };

struct ListOptions {
  bool listening = false;  // listeners only
  GroupBy by = GroupBy::none;
  bool json = false;
  bool wide = false;        // more columns: direction, cgroup, interface, cookie, inode
  std::string replay = {};  // the file of a recording, "" for this machine
};

}  // namespace sockwatch
