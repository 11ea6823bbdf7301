// What of an answer goes into a recording: what sockwatch reads, not what else the file happens to
// tell. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kernel/directory.h"

namespace sockwatch::recording {

/// One line of /etc/passwd without all but name, uid and gid; of /proc/net/unix without the path;
/// of a mountinfo file if it is of cgroup2, else nothing; of any other file as it is.
std::optional<std::string> kept_line(std::string_view path, std::string_view line);

/// The same of all lines. Of /proc/PID/stat the fields that are read, the others 0: some of them
/// tell where the program is in memory.
std::string kept_text(std::string_view path, std::string_view text);

/// Of a descriptor that is no socket "file": which files are open is nobody's business.
std::string kept_link(std::string_view path, std::string_view target);

/// Not the files of the cgroup tree, which are the same ones in each cgroup.
bool keeps_entry(std::string_view path, const kernel::Entry& entry);

}  // namespace sockwatch::recording
