// System calls that must succeed: what they return, or an exception that says what was tried and
// why it failed. std::system_error is a std::runtime_error. Any thread.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace sockwatch::test {

/// `result`, unless it is negative; then throws "what: reason of errno".
template <typename Integer>
Integer checked(Integer result, const std::string& what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

}  // namespace sockwatch::test
