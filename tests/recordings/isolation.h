// A process that sees nothing of the machine but itself and what it makes: first in pid, mount,
// cgroup and network namespaces of its own, with an /etc/passwd of three users. Needs root.
#pragma once

#include <functional>

namespace sockwatch::test {

/// Runs the function there and waits for its end, and for that of all that it started. Throws
/// std::runtime_error when the place cannot be made or the function throws (what, on standard
/// error).
void in_isolation(const std::function<void()>& function);

}  // namespace sockwatch::test
