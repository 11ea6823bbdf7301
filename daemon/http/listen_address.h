// Where a server listens, and how it is written in the settings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/result.h"

namespace sockwatch::http {

struct ListenAddress {
  std::string host;        // an IPv4 or IPv6 address without brackets; no name is looked up
  std::uint16_t port = 0;  // 0: the kernel chooses a free one
  bool optional = false;   // skipped without an error where the host has no such address or family

  bool operator==(const ListenAddress&) const = default;
};

/// "127.0.0.1:10098", "[::1]:10098", or ":10098", which means every address of whichever families
/// the host has (0.0.0.0 and [::], both optional). The error says what is wrong and what is right.
Result<std::vector<ListenAddress>> parse_listen_address(std::string_view text);

/// "127.0.0.1:10098" or "[::1]:10098".
std::string to_string(const ListenAddress& address);

}  // namespace sockwatch::http
