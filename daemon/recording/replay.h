// A recording as a machine that can be sampled.
#pragma once

#include "kernel/system.h"
#include "recording/recording.h"

namespace sockwatch::recording {

/// Gives each question its answers in the order in which they were recorded, the last one ever
/// after. What was never asked then does not exist now: ENOENT, as of a kernel that lacks the
/// module, and of a file that is not there. Threads: one for all that comes out of it.
kernel::System replay(Recording recording);

}  // namespace sockwatch::recording
