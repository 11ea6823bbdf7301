#include "attribution/container_proxies.h"

#include "attribution/proxied_address.h"

namespace sockwatch {

void ContainerProxies::add_container(const Address& address, const std::string& unit) {
  const auto [place, is_new] = containers_.try_emplace(address, unit);
  if (!is_new && place->second != unit) place->second.clear();
}

std::string ContainerProxies::unit(ProcessId id, const Process& process) {
  if (containers_.empty() || process.comm != "docker-proxy") return "";
  if (process.unit.starts_with("container:")) return "";
  Target& target = targets_[id];
  if (target.pid != process.pid || target.start_time != process.start_time) {
    const auto command_line = process.directory->read_file("cmdline");
    // Empty for a moment, while it begins.
    if (!command_line || command_line->empty()) return "";
    target = {process.pid, process.start_time, proxied_address(*command_line)};
  }
  if (!target.address) return "";
  const auto container = containers_.find(*target.address);
  return container == containers_.end() ? "" : container->second;
}

}  // namespace sockwatch
