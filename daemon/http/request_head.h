// Bytes → one request, or the reason why there is none. Pure: no socket, no state between calls, so
// that a table or a fuzzer can drive it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace sockwatch::http {

inline constexpr std::size_t kMaxHeadBytes = 8192;

enum class Method { get, head };
enum class Persistence { close, keep };  // what follows the reply

struct RequestHead {
  std::size_t bytes = 0;  // its length with the empty line; the next request begins there
  Method method = Method::get;
  std::string path;  // begins with '/', without query string, undecoded
  bool accepts_gzip = false;
  Persistence persistence = Persistence::close;
};

/// More bytes are needed.
struct Incomplete {};

/// The answer for a request that no handler sees; the connection ends with it.
struct Refusal {
  unsigned status = 400;
  std::string reason;
};

using ParsedHead = std::variant<Incomplete, RequestHead, Refusal>;

/// Reads the head that `bytes` begins with; what follows it is not looked at. A head may have
/// kMaxHeadBytes and no body. Always RequestHead or Refusal when kMaxHeadBytes are there.
ParsedHead parse_request_head(std::string_view bytes);

}  // namespace sockwatch::http
