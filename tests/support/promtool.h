// Prometheus' own opinion of an exposition. Any thread.
#pragma once

#include <string>

namespace sockwatch::test {

bool has_promtool();

/// What `promtool check metrics` says against the text; "" when it accepts it without a word.
/// Throws std::runtime_error when it cannot be run.
std::string promtool_complaints(const std::string& exposition);

}  // namespace sockwatch::test
