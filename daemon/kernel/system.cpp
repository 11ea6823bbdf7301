#include "kernel/system.h"

namespace sockwatch::kernel {

Result<System> real_system() {
  auto proc = open_directory("/proc");
  if (!proc) return tl::unexpected(proc.error());
  auto etc = open_directory("/etc");
  if (!etc) return tl::unexpected(etc.error());
  return System{open_netlink, std::move(*proc), std::move(*etc), open_namespaces};
}

}  // namespace sockwatch::kernel
