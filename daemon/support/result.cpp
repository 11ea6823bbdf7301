#include "support/result.h"

#include <system_error>

namespace sockwatch {

tl::unexpected<Error> system_failure(std::string_view what, int code) {
  return failure(std::string(what) + ": " + std::generic_category().message(code), code);
}

tl::unexpected<Error> within(std::string_view doing, const Error& error) {
  return failure(std::string(doing) + ": " + error.message, error.code);
}

}  // namespace sockwatch
