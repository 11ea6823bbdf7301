// One look at every socket with its owner, for `sockwatch list`: the same definitions as the
// daemon, but records are kept.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/dumped.h"
#include "attribution/cause.h"
#include "kernel/system.h"
#include "sockets/direction.h"
#include "sockets/exposure.h"

namespace sockwatch {

struct InventoryRow {
  SocketRecord record;
  bool listener = false;
  std::string interface;
  Exposure exposure = Exposure::wildcard;
  Direction direction = Direction::none;
  ServicePort service_port;
  std::optional<Cause> cause;  // set: no process
  std::string process;
  pid_t pid = 0;
  std::string unit;
  std::string user;
  std::string cgroup;  // path, printable
};

struct Inventory {
  std::vector<InventoryRow> rows;         // by protocol, listeners first, then by port and address
  std::size_t not_visible = 0;            // rows whose holder may not be read
  std::vector<kernel::DumpError> errors;  // of protocols that could not be read
};

/// One look cannot tell for how long a UDP socket has been there: each with a port that its program
/// chose counts as a listener. A protocol that cannot be read is left out and told in `errors`.
Inventory take_inventory(const kernel::System& system);

}  // namespace sockwatch
