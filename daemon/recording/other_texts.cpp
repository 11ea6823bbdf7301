#include "recording/other_texts.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "recording/path.h"
#include "support/fields.h"

namespace sockwatch::recording {
namespace {

using OtherLine = std::optional<std::string>;

/// The last segment of a path, and the one before it.
struct Place {
  std::string_view directory;
  std::string_view file;
};

Place place_of(std::string_view path) {
  const auto parts = segments(path);
  const std::size_t count = parts.size();
  return {count > 1 ? parts[count - 2] : "", count > 0 ? parts[count - 1] : ""};
}

template <typename Change>
std::string each_line(std::string_view text, const Change& change) {
  std::string other;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const OtherLine line = change(text.substr(0, end));
    if (line) other.append(*line).append(end < text.size() ? "\n" : "");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return other;
}

std::string other_stat(std::string_view text, OtherNames& names) {
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == text.npos || close == text.npos || close < open) return "";
  return std::string(text.substr(0, open + 1)) +
         names.process(text.substr(open + 1, close - open - 1)) + std::string(text.substr(close));
}

/// "0::/user.slice", "4:memory:/".
OtherLine other_cgroup(std::string_view line, OtherNames& names) {
  const std::size_t colon = line.find(':', line.find(':') + 1);
  if (colon == line.npos) return std::nullopt;
  return std::string(line.substr(0, colon + 1)) + names.cgroup_path(line.substr(colon + 1));
}

/// "30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw"; a mount point with an escape in it is
/// none that any distribution makes.
OtherLine other_mount(std::string_view line, OtherNames& names) {
  Fields fields(line);
  fields.skip(4);  // numbers of mount, parent and device, root
  const std::string_view mount = fields.next();
  if (!mount.starts_with('/') || mount.find('\\') != mount.npos) return std::nullopt;
  return "0 0 0:0 / " + names.cgroup_path(mount) + " rw - cgroup2 cgroup2 rw";
}

OtherLine other_passwd(std::string_view line, OtherNames& names) {
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return std::nullopt;
  return names.user(line.substr(0, colon)) + std::string(line.substr(colon));
}

/// Words of 32 bits in the byte order of the machine, 8 hexadecimal digits each: 1 or 4.
std::optional<Address> parse_address(std::string_view digits) {
  if (digits.size() != 8 && digits.size() != 32) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < digits.size(); i += 8) {
    const auto word = number<std::uint32_t>(digits.substr(i, 8), 16);
    if (!word) return std::nullopt;
    std::memcpy(&bytes[i / 2], &*word, sizeof(*word));
  }
  return digits.size() == 32 ? bytes : mapped({bytes[0], bytes[1], bytes[2], bytes[3]});
}

std::string hexadecimal(const std::uint8_t* bytes, std::size_t words) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (std::size_t i = 0; i < words; ++i) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes + 4 * i, sizeof(word));
    for (int shift = 28; shift >= 0; shift -= 4) text += kDigits[word >> shift & 0xf];
  }
  return text;
}

/// A line of /proc/net/tcp and its like: the third field is the remote address, a colon and a port;
/// in the first line of the file, their title.
OtherLine other_socket(std::string_view line, OtherAddresses& addresses) {
  Fields fields(line);
  fields.skip(2);  // number, local address
  const std::string_view remote = fields.next();
  if (remote.starts_with("rem")) return std::string(line);
  const std::string_view digits = remote.substr(0, remote.find(':'));
  const auto address = parse_address(digits);
  if (!address) return std::nullopt;
  const Address other = addresses.of(*address);
  const bool ipv4 = digits.size() == 8;
  const auto start = static_cast<std::size_t>(digits.data() - line.data());
  return std::string(line.substr(0, start)) +
         (ipv4 ? hexadecimal(&other[12], 1) : hexadecimal(other.data(), 4)) +
         std::string(line.substr(start + digits.size()));
}

bool has_remote_addresses(std::string_view file) {
  static constexpr std::array<std::string_view, 8> kFiles = {"tcp", "tcp6", "udp",  "udp6",
                                                             "raw", "raw6", "icmp", "icmp6"};
  return std::ranges::find(kFiles, file) != kFiles.end();
}

}  // namespace

std::optional<std::string> other_text(std::string_view path, std::string_view text,
                                      OtherAddresses& addresses, OtherNames& names) {
  const auto [directory, file] = place_of(path);
  const auto lines = [&](auto change) {
    return each_line(text, [&](std::string_view line) { return change(line); });
  };
  if (file == "stat") return other_stat(text, names);
  if (file == "cgroup") return lines([&](auto line) { return other_cgroup(line, names); });
  if (file == "mountinfo") return lines([&](auto line) { return other_mount(line, names); });
  if (path == "/etc/passwd") return lines([&](auto line) { return other_passwd(line, names); });
  if (directory == "net" && has_remote_addresses(file)) {
    return lines([&](auto line) { return other_socket(line, addresses); });
  }
  const bool nameless = path.starts_with("/proc/sys/") ||
                        (directory == "net" && (file == "unix" || file == "packet"));
  return nameless ? std::optional(std::string(text)) : std::nullopt;
}

std::optional<std::string> other_link_target(std::string_view path, std::string_view target,
                                             OtherNames& names) {
  const auto [directory, file] = place_of(path);
  if (file == "exe") return names.program(target);
  const bool nameless = directory == "fd" || directory == "ns";
  return nameless ? std::optional(std::string(target)) : std::nullopt;
}

std::string other_path(std::string_view path, OtherNames& names) {
  const std::size_t root = path.find("/root/");
  if (root == path.npos) return std::string(path);
  const std::size_t end = root + std::string_view("/root").size();
  return std::string(path.substr(0, end)) + names.cgroup_path(path.substr(end));
}

}  // namespace sockwatch::recording
