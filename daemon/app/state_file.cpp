#include "app/state_file.h"

#include <arpa/inet.h>
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <new>
#include <vector>

#include "app/replace_file.h"
#include "kernel/directory.h"

namespace sockwatch {
namespace {

constexpr std::string_view kHeader = "sockwatch state 1\n";
constexpr std::string_view kChecksum = "checksum ";
// What a system_clock of nanoseconds can hold.
constexpr std::uint64_t kMaxMicroseconds = 9'223'372'036'854'775;
constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

std::uint32_t checksum_of(std::string_view text) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t tab = line.find('\t');
    fields.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return fields;
    line.remove_prefix(tab + 1);
  }
}

template <typename Number>
bool parse(std::string_view text, Number& number) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc{} && result.ptr == text.data() + text.size();
}

template <typename Enum, std::size_t N>
bool parse_name(std::string_view text, const std::array<std::string_view, N>& names, Enum& value) {
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) return false;
  value = static_cast<Enum>(found - names.begin());
  return true;
}

bool parse_address(std::string_view text, Address& address) {
  std::array<std::uint8_t, 16> bytes{};
  const std::string terminated(text);
  const bool v4 = text.find(':') == std::string_view::npos;
  if (::inet_pton(v4 ? AF_INET : AF_INET6, terminated.c_str(), bytes.data()) != 1) return false;
  address = make_address(v4 ? Family::ipv4 : Family::ipv6, bytes.data());
  return true;
}

/// Names were made printable before they came here: they hold no tab and no newline.
std::string line_of(const ListenerKey& key, WallTime time) {
  const ListenerIdentity& id = key.identity;
  const auto microseconds =
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
  std::string line = std::to_string(microseconds);
  for (const std::string& field : {std::string(name(id.protocol)), std::string(name(id.family)),
                                   to_string(id.endpoint.address), std::to_string(id.endpoint.port),
                                   id.interface, key.owner.process, key.owner.unit}) {
    line += '\t' + field;
  }
  return line + '\n';
}

bool parse_line(std::string_view line, FirstSeen& first_seen) {
  const auto fields = fields_of(line);
  if (fields.size() != 8) return false;
  std::uint64_t microseconds = 0;
  ListenerKey key;
  ListenerIdentity& id = key.identity;
  if (!parse(fields[0], microseconds) || !parse_name(fields[1], kProtocolNames, id.protocol) ||
      !parse_name(fields[2], kFamilyNames, id.family) ||
      !parse_address(fields[3], id.endpoint.address) || !parse(fields[4], id.endpoint.port) ||
      microseconds > kMaxMicroseconds) {
    return false;
  }
  id.interface = fields[5];
  key.owner = {std::string(fields[6]), std::string(fields[7])};
  first_seen[key] = WallTime(std::chrono::microseconds(static_cast<std::int64_t>(microseconds)));
  return true;
}

}  // namespace

std::string encode_state(const FirstSeen& first_seen) {
  std::string text(kHeader);
  for (const auto& [key, time] : first_seen) text += line_of(key, time);
  return text + std::string(kChecksum) + std::to_string(checksum_of(text)) + '\n';
}

Result<FirstSeen> decode_state(std::string_view text) {
  if (!text.starts_with(kHeader)) return failure("not a state file of this version");
  const std::size_t end = text.rfind(kChecksum);
  std::uint32_t checksum = 0;
  if (end == std::string_view::npos || text[end - 1] != '\n' || !text.ends_with('\n') ||
      !parse(text.substr(end + kChecksum.size(), text.size() - end - kChecksum.size() - 1),
             checksum) ||
      checksum != checksum_of(text.substr(0, end))) {
    return failure("the checksum is not that of the content");
  }
  FirstSeen first_seen;
  std::string_view body = text.substr(kHeader.size(), end - kHeader.size());
  while (!body.empty()) {
    const std::string_view line = body.substr(0, body.find('\n'));
    if (!parse_line(line, first_seen)) return failure("a line that is no listener");
    body.remove_prefix(line.size() + 1);
  }
  return first_seen;
}

Result<FirstSeen> StateFile::load() const try {
  if (directory_.empty()) return FirstSeen{};
  const auto directory = kernel::open_directory(directory_);
  const auto text =
      directory ? (*directory)->read_file(kFile, kMaxBytes) : tl::unexpected(directory.error());
  if (!text && text.error().code == ENOENT) return FirstSeen{};
  if (!text) return tl::unexpected(text.error());
  auto decoded = decode_state(*text);
  if (!decoded) return within(path(), decoded.error());
  return decoded;
} catch (const std::bad_alloc& error) {
  return failure(error.what());
}

Result<void> StateFile::save(const FirstSeen& first_seen) const try {
  if (directory_.empty()) return {};
  ::mkdir(directory_.c_str(), 0755);
  return replace_file(path(), encode_state(first_seen), 0644);
} catch (const std::bad_alloc& error) {
  return failure(error.what());
}

}  // namespace sockwatch
