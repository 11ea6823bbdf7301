// The kernel's numbers of socket states, the same in netlink and in /proc/net. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "sockets/socket_record.h"

namespace sockwatch {

/// include/net/tcp_states.h; nothing for a number that the protocol does not have.
std::optional<State> state_of(Protocol protocol, std::uint8_t kernel_state);

}  // namespace sockwatch
