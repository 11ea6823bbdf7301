// Recordings: decoding, anonymising, and a look at the machine that one replays. The checksum is
// set right in three of four inputs, or nearly none would be read.
#include <zlib.h>

#include <algorithm>
#include <cstdint>

#include "app/inventory.h"
#include "fuzz/require.h"
#include "recording/anonymise.h"
#include "recording/format.h"
#include "recording/replay.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  const std::size_t checked = size - std::min(size, sizeof(std::uint32_t));
  if (checked > 0 && seed % 4 != 0) {
    const auto sum = static_cast<std::uint32_t>(::crc32_z(0, data, checked));
    for (unsigned i = 0; i < sizeof(sum); ++i) {
      data[checked + i] = static_cast<std::uint8_t>(sum >> 8 * i);
    }
  }
  return size;
}

namespace {

using namespace sockwatch;
using fuzz::require;

void check_round_trip(const recording::Recording& recording, std::string_view file) {
  require(recording::encode(recording) == file);
}

void check_anonymised(recording::Recording recording) {
  recording::anonymise(recording);
  const std::string file = recording::encode(recording);
  require(recording::decode(std::as_bytes(std::span(file))).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  auto recording = recording::decode(std::as_bytes(std::span(file)));
  if (recording) {
    check_round_trip(*recording, file);
    check_anonymised(*recording);
    (void)take_inventory(recording::replay(std::move(*recording)));
  } else {
    require(!recording.error().message.empty());
  }
  return 0;
}
