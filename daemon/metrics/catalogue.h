// The only place with metric names: every metric that sockwatch exports, its type, help and labels.
// docs/metrics.md lists the same (tested).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockwatch::metrics {

enum class Type : std::uint8_t { gauge, counter, histogram };

struct Info {
  std::string_view name;  // with the prefix
  Type type;
  std::string_view labels;  // comma-separated, in the order of their values; "" none
  std::string_view help;
};

enum class Id : std::uint8_t {
  sockets,
  port_sockets,
  process_sockets,
  unit_sockets,
  unowned_sockets,
  listener_sockets,
  listener_first_seen,
  listener_accept_queue,
  listener_accept_queue_limit,
  listener_accept_drops,
  udp_receive_drops,
  queued_bytes,
  packet_sockets,
  unix_sockets,
  sample_duration,
  samples,
  sample_overruns,
  sample_interval,
  last_sample,
  sample_errors,
  dump_retries,
  process_read_errors,
  search_backlog,
  source_up,
  namespaces,
  namespace_oldest_sample,
  series_folded,
  series_omitted,
  cells_folded,
  reload_successful,
  reload_success_time,
  reloads,
  http_requests,
  http_evictions,
  http_exposed,
  log_dropped,
  state_write_errors,
  sandbox_active,
  build_info,
  process_cpu,
  process_start_time,
  process_resident,
  process_virtual,
  process_open_fds,
  process_max_fds,
  count
};

/// In the order of Id, which is the order of the exposition.
std::span<const Info> catalogue();
const Info& info(Id id);

}  // namespace sockwatch::metrics
