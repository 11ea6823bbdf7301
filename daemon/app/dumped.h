// What a source of sockets gives: a whole dump, or the reason why it is not whole.
#pragma once

#include <functional>
#include <span>

#include "kernel/dump.h"
#include "sockets/packet_socket.h"
#include "sockets/socket_record.h"
#include "sockets/unix_socket.h"

namespace sockwatch {

using Dumped = tl::expected<void, kernel::DumpError>;
/// The sockets of one part of a dump; valid during the call.
template <typename Socket>
using OnSockets = std::function<void(std::span<const Socket>)>;
using OnRecords = OnSockets<SocketRecord>;
using OnUnixSockets = OnSockets<UnixSocket>;
using OnPacketSockets = OnSockets<PacketSocket>;

}  // namespace sockwatch
