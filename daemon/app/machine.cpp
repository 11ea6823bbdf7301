#include "app/machine.h"

#include <array>
#include <ctime>

#include "recording/format.h"
#include "recording/replay.h"
#include "support/text.h"

namespace sockwatch {
namespace {

constexpr std::size_t kLargestRecording = std::size_t{1} << 30;
constexpr std::size_t kLongestNotice = 500;

std::string utc(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm fields{};
  std::array<char, 32> text{};
  ::gmtime_r(&seconds, &fields);
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &fields);
  return {text.data(), size};
}

Result<recording::Recording> load(const std::string& path) {
  const std::size_t name = path.rfind('/') + 1;
  const auto directory = kernel::open_directory(name == 0 ? "." : path.substr(0, name));
  if (!directory) return system_failure(path, directory.error().code);
  const auto bytes = (*directory)->read_file(path.substr(name), kLargestRecording);
  if (!bytes) return system_failure(path, bytes.error().code);
  auto recording = recording::decode(std::as_bytes(std::span(*bytes)));
  if (!recording) return within(path, recording.error());
  return recording;
}

}  // namespace

Result<Machine> open_machine(const std::string& recording) {
  if (recording.empty()) {
    auto system = kernel::real_system();
    if (!system) return tl::unexpected(system.error());
    return Machine{std::move(*system), ""};
  }
  auto loaded = load(recording);
  if (!loaded) return tl::unexpected(loaded.error());
  const recording::Header& header = loaded->header;
  std::string replayed =
      recording + ": recorded " + utc(header.time) + " on Linux " + header.kernel;
  return Machine{recording::replay(std::move(*loaded)), printable_line(replayed, kLongestNotice)};
}

}  // namespace sockwatch
