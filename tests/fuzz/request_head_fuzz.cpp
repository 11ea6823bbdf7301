// HTTP requests.
#include <cstdint>
#include <cstdlib>

#include "http/request_head.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockwatch::http;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ParsedHead parsed = parse_request_head(bytes);
  if (const auto* head = std::get_if<RequestHead>(&parsed)) {
    if (head->bytes > size || head->bytes > kMaxHeadBytes || !head->path.starts_with('/')) {
      std::abort();
    }
  } else if (const auto* refusal = std::get_if<Refusal>(&parsed)) {
    if (refusal->status < 400 || refusal->status > 599) std::abort();
  } else if (size >= kMaxHeadBytes) {
    std::abort();
  }
  return 0;
}
