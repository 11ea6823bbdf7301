#include "attribution/proxied_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>

namespace sockwatch {
namespace {

constexpr std::string_view kOption = "-container-ip";

std::string_view next_argument(std::string_view& command_line) {
  const std::string_view argument = command_line.substr(0, command_line.find('\0'));
  command_line.remove_prefix(std::min(argument.size() + 1, command_line.size()));
  return argument;
}

std::optional<Address> parse_address(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    return make_address(Family::ipv4, bytes.data());
  }
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
    return make_address(Family::ipv6, bytes.data());
  }
  return std::nullopt;
}

}  // namespace

std::optional<Address> proxied_address(std::string_view command_line) {
  while (!command_line.empty()) {
    std::string_view argument = next_argument(command_line);
    if (argument.starts_with("--")) argument.remove_prefix(1);
    if (!argument.starts_with(kOption)) continue;
    argument.remove_prefix(kOption.size());
    if (argument.empty()) return parse_address(std::string(next_argument(command_line)));
    if (argument.starts_with('=')) return parse_address(std::string(argument.substr(1)));
  }
  return std::nullopt;
}

}  // namespace sockwatch
