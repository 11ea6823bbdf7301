// A machine that is sampled and recorded at the same time.
#pragma once

#include <memory>

#include "kernel/system.h"
#include "recording/recording.h"

namespace sockwatch::recording {

/// What `machine` tells, passed on as it is, and every answer noted at the end of `notes`, cut to
/// what kept_text() and its like leave. Interruptions by signals, and datagrams that are not of the
/// kernel, are no answers. Threads: one for all that comes out of it.
kernel::System recorded(kernel::System machine, const std::shared_ptr<Recording>& notes);

/// Of this program and this kernel.
Header header_of_now(WallTime now);

}  // namespace sockwatch::recording
