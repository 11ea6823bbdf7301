// Configuration files.
#include <cstdint>

#include "fuzz/require.h"
#include "settings/load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockwatch;
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  const auto loaded = parse_settings(yaml, "fuzz.yaml");
  for (const auto& error : loaded.errors) {
    fuzz::require(!error.message.empty());
    fuzz::require_clean_text(to_string(error));
  }
  return 0;
}
