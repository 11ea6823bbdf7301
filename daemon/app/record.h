// `sockwatch record`: samples this machine once, as the daemon does, and keeps what it told.
#pragma once

#include <string>

namespace sockwatch {

/// Writes a recording of one full and one listener sample of every family to `file`, readable by
/// its owner alone, and says on standard output what is in it. The exit status. A dump that failed
/// is a part of the recording; only what keeps the file from being written is a failure.
int record(const std::string& file, bool anonymised);

}  // namespace sockwatch
