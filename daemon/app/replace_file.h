// Files that are written whole or not at all.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "support/result.h"

namespace sockwatch {

/// Puts a file with this content in the place of `path`, also when power fails in between:
/// temporary file beside it, fdatasync, rename, fsync of the directory. No link is followed, and
/// nobody else's file is written to. An error says which file or directory.
Result<void> replace_file(const std::string& path, std::string_view content, mode_t mode);

}  // namespace sockwatch
