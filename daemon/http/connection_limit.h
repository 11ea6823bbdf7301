// How many clients the process has file descriptors for.
#pragma once

#include <cstddef>

namespace sockwatch::http {

/// `configured`, lowered to RLIMIT_NOFILE minus what the rest of the daemon needs, but at least 8:
/// where even that is too much, clients are evicted as descriptors run out.
std::size_t connection_limit(std::size_t configured);

}  // namespace sockwatch::http
