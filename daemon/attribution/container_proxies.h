// A docker-proxy listens on the host for a container: for which one, by the address that it
// forwards to. Threads: one.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <optional>
#include <string>

#include "attribution/processes.h"
#include "sockets/address.h"

namespace sockwatch {

class ContainerProxies {
 public:
  void forget_containers() { containers_.clear(); }
  /// A container, "container:<12 hex>", has this address on an interface. An address that several
  /// have names none of them.
  void add_container(const Address& address, const std::string& unit);

  /// The unit of the container that `process`, of this id, listens for; "" when it is no
  /// docker-proxy, or runs inside a container and may mean another one's address, or when nobody is
  /// known to have the address.
  std::string unit(ProcessId id, const Process& process);

 private:
  struct Target {
    pid_t pid = 0;  // with the start time: ids of processes are used again
    std::uint64_t start_time = 0;
    std::optional<Address> address;
  };

  std::map<Address, std::string> containers_;  // "" where there are several
  boost::unordered_flat_map<ProcessId, Target> targets_;
};

}  // namespace sockwatch
