// Texts of /proc and /etc rewritten for an anonymised recording. Threads: one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "recording/other_addresses.h"
#include "recording/other_names.h"

namespace sockwatch::recording {

/// Of a file, or of as many of its lines as were read. Lines that do not look like the file's are
/// left out. Nothing for a file that is not known here.
std::optional<std::string> other_text(std::string_view path, std::string_view text,
                                      OtherAddresses& addresses, OtherNames& names);

/// Of a symbolic link, likewise.
std::optional<std::string> other_link_target(std::string_view path, std::string_view target,
                                             OtherNames& names);

/// The path of an answer, which tells a cgroup's where it leads into the file system.
std::string other_path(std::string_view path, OtherNames& names);

}  // namespace sockwatch::recording
