// Result<T>: a value, or an Error that says what failed and why. The alias keeps the library
// behind it replaceable.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace sockwatch {

struct Error {
  std::string message;
  int code = 0;  // errno of the failed call, 0 when no call failed
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(std::string message, int code = 0) {
  return tl::unexpected<Error>(Error{std::move(message), code});
}

/// "what: strerror(code)", as every failed system call is reported.
tl::unexpected<Error> system_failure(std::string_view what, int code);

/// The same failure, read from the outside in: "doing: message".
tl::unexpected<Error> within(std::string_view doing, const Error& error);

}  // namespace sockwatch
