// The part of /metrics that says what a host's sockets are, and is the same for the same recording
// at any time. Pure.
#pragma once

#include <string>

namespace sockwatch::test {

/// Without the daemon's own figures, timestamps, durations and build; the lines that stay are as
/// they were.
std::string stable_metrics(const std::string& metrics);

}  // namespace sockwatch::test
