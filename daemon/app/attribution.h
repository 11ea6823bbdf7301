// What is known of who owns sockets, of all network namespaces together: cookies, processes,
// cgroups and users are the host's. Threads: one.
#pragma once

#include "attribution/cgroups.h"
#include "attribution/container_proxies.h"
#include "attribution/owners.h"
#include "attribution/users.h"
#include "kernel/system.h"

namespace sockwatch {

struct Attribution {
  Attribution(const kernel::System& system, std::size_t max_processes)
      : cgroups(system.proc), owners(system.proc, max_processes, &cgroups), users(system.etc) {}

  Cgroups cgroups;
  Owners owners;
  Users users;
  ContainerProxies proxies;
};

}  // namespace sockwatch
