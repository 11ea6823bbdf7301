// What ss(8) of iproute2 says, as the second opinion of the kernel tests. Any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/socket_states.h"

namespace sockwatch::test {

struct SsUser {
  std::string name;
  pid_t pid = 0;
  int fd = -1;
};

struct SsRow {
  std::string netid;  // "tcp", "udp", ...; empty when the arguments choose one kind only
  std::string state;  // ss's word: "ESTAB", "LISTEN", "UNCONN", ...
  std::uint64_t recv_queue = 0;
  std::uint64_t send_queue = 0;
  std::string local_address;  // as printed, with [] and %device
  std::string local_port;     // digits, or "*"
  std::string peer_address;
  std::string peer_port;
  std::string rest;           // users:(...) and whatever the arguments ask for
  std::vector<SsUser> users;  // from `rest`; empty without -p. Names with a newline are not handled
};

/// Runs `ss -Hn <arguments>` in the namespace of the calling thread: ss("-tap"). Throws
/// std::runtime_error.
std::vector<SsRow> ss(const std::string& arguments);

/// One line of it. Throws std::runtime_error.
SsRow parse_ss_row(const std::string& line);

/// TCP rows by our state names.
StateCounts count_tcp_states(const std::vector<SsRow>& rows);

}  // namespace sockwatch::test
