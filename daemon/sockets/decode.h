// inet_diag_msg payload → SocketRecord. Pure; every read is bounded.
#pragma once

#include <optional>

#include "sockets/socket_record.h"
#include "support/bytes.h"

namespace sockwatch {

/// Nothing when the payload is cut, an attribute leaves its bounds, or family or state are unknown.
std::optional<SocketRecord> decode_socket(Bytes payload, Protocol protocol);

}  // namespace sockwatch
