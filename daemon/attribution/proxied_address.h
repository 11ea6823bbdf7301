// Where a docker-proxy forwards to, by its command line. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "sockets/address.h"

namespace sockwatch {

/// The value of its option `-container-ip`; `command_line` is the text of /proc/PID/cmdline, each
/// argument ended by a NUL.
std::optional<Address> proxied_address(std::string_view command_line);

}  // namespace sockwatch
