// The tables of /proc/net as the kernel writes them, of the sockets that messages.h describes. What
// the tables cannot tell is left out. Any thread.
#pragma once

#include <string>
#include <vector>

#include "sockets/socket_record.h"
#include "support/messages.h"

namespace sockwatch::test {

/// "thread-self/net/tcp6"
std::string proc_net_file(Protocol protocol, Family family);

/// One row, without its newline.
std::string proc_net_line(Protocol protocol, const DiagSocket& socket);

/// The whole table, listeners first. TCP in state 7 (bound, inactive) is in none.
std::string proc_net_text(Protocol protocol, Family family, const std::vector<DiagSocket>& sockets);

}  // namespace sockwatch::test
