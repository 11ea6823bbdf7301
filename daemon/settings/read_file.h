// A settings file → its bytes.
#pragma once

#include <string>

#include "support/result.h"

namespace sockwatch {

/// The whole of a regular file that only its owner and group can write to, at most one byte more
/// than a document may have. The failure does not name the path.
Result<std::string> read_settings_file(const std::string& path);

}  // namespace sockwatch
