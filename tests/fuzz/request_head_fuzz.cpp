// HTTP requests.
#include <algorithm>
#include <cstdint>

#include "fuzz/require.h"
#include "http/request_head.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockwatch;
  using namespace sockwatch::http;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ParsedHead parsed = parse_request_head(bytes);
  if (const auto* head = std::get_if<RequestHead>(&parsed)) {
    fuzz::require(head->bytes <= std::min(size, kMaxHeadBytes) && head->path.starts_with('/'));
  } else if (const auto* refusal = std::get_if<Refusal>(&parsed)) {
    fuzz::require(refusal->status >= 400 && refusal->status <= 599);
  } else {
    fuzz::require(size < kMaxHeadBytes);
  }
  return 0;
}
