// The sockets a server listens on, made by plain system calls so that each of their properties is
// ours: non-blocking, closed on exec, one family each, with a bounded send buffer.
// Threads: any.
#pragma once

#include <string>
#include <vector>

#include "http/listen_address.h"
#include "support/result.h"
#include "support/unique_fd.h"

namespace sockwatch::http {

struct ListeningSocket {
  UniqueFd fd;
  std::string url;  // "http://127.0.0.1:10098/", with the port that the kernel gave
};

/// One socket per address, without those optional ones that this host lacks. An error names the
/// address, the cause and the remedy; it is also an error when no address is left.
Result<std::vector<ListeningSocket>> listen_on(const std::vector<ListenAddress>& addresses);

}  // namespace sockwatch::http
