#include "app/sampler_options.h"

#include <algorithm>

namespace sockwatch {

SamplerOptions sampler_options(const Settings& settings) {
  const SamplingSettings& sampling = settings.sampling;
  SamplerOptions options;
  options.cadences = {sampling.interval, sampling.listeners_interval, sampling.cpu_limit};
  options.collector.protocols.clear();
  if (sampling.tcp) options.collector.protocols.push_back(Protocol::tcp);
  if (sampling.udp) options.collector.protocols.push_back(Protocol::udp);
  options.collector.unix_sockets = sampling.unix_sockets;
  options.collector.packet_sockets = sampling.packet_sockets;
  options.collector.source = sampling.source;
  options.collector.service_ports = sampling.service_ports;
  std::ranges::sort(options.collector.service_ports);
  options.collector.udp_listener_age = sampling.udp_listener_age;
  options.collector.max_cells = settings.limits.max_cells;
  options.collector.all_namespaces = sampling.all_namespaces;
  options.max_namespaces = settings.limits.max_namespaces;
  options.max_series = settings.limits.max_series;
  options.max_total_series = settings.limits.max_total_series;
  return options;
}

}  // namespace sockwatch
