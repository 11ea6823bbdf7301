// What makes a socket a listener.
#pragma once

#include <chrono>

#include "sockets/port_range.h"
#include "sockets/socket_record.h"

namespace sockwatch {

/// Who chose the local port: the program by bind(), or the kernel (also bind() to port 0).
enum class PortChooser { program, kernel };

/// UDP has no LISTEN: a server is an unconnected socket whose program chose the port. Resolvers
/// choose random ports per query, so one in the ephemeral range or above 32767 must also have
/// reached `minimum_age`.
bool is_udp_server(const SocketRecord& record, PortChooser chooser, std::chrono::nanoseconds age,
                   std::chrono::nanoseconds minimum_age, const PortRange& ephemeral);

}  // namespace sockwatch
