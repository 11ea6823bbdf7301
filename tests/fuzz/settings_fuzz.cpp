// Configuration files.
#include <cstdint>
#include <cstdlib>

#include "settings/load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  const auto loaded = sockwatch::parse_settings(yaml, "fuzz.yaml");
  for (const auto& error : loaded.errors) {
    const std::string text = sockwatch::to_string(error);
    if (text.find('\n') != std::string::npos || error.message.empty()) std::abort();
  }
  return 0;
}
