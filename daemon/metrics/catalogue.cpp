#include "metrics/catalogue.h"

namespace sockwatch::metrics {
namespace {

constexpr std::string_view kListener = "netns,protocol,family,address,port,interface,process,unit";

constexpr std::array kCatalogue = {
    Info{"sockwatch_sockets", Type::gauge, "netns,family,protocol,state",
         "Sockets in the last full sample."},
    Info{"sockwatch_port_sockets", Type::gauge, "netns,protocol,direction,port,state",
         "Sockets by the port of the serving end and by the end that is ours."},
    Info{"sockwatch_process_sockets", Type::gauge, "netns,process,unit,protocol,state",
         "Sockets held by a process, by its name."},
    Info{"sockwatch_unit_sockets", Type::gauge, "netns,unit,protocol,state",
         "Sockets by systemd unit or container; an empty unit is none or not known."},
    Info{"sockwatch_unowned_sockets", Type::gauge, "netns,protocol,cause",
         "Sockets without a process, by the reason."},
    Info{"sockwatch_listener_sockets", Type::gauge,
         "netns,protocol,family,address,port,interface,process,unit,exposure,user,dual_stack",
         "Listening sockets; exposure tells from where the bind address can be reached, firewalls "
         "are not read."},
    Info{"sockwatch_listener_first_seen_timestamp_seconds", Type::gauge, kListener,
         "When the listener was first seen."},
    Info{"sockwatch_listener_accept_queue", Type::gauge, kListener,
         "Connections that wait to be accepted."},
    Info{"sockwatch_listener_accept_queue_limit", Type::gauge, kListener,
         "Connections that may wait; one more can be in the queue."},
    Info{"sockwatch_listener_accept_drops_total", Type::counter, kListener,
         "Connections and packets dropped at the listener; drops between the last sample and a "
         "socket's end are not counted."},
    Info{"sockwatch_udp_receive_drops_total", Type::counter, kListener,
         "Datagrams dropped at the socket because its buffer was full; drops between the last "
         "sample and a socket's end are not counted."},
    Info{"sockwatch_queued_bytes", Type::gauge, "netns,protocol,queue",
         "Bytes in socket buffers, without listeners; UDP counts buffer memory."},
    Info{"sockwatch_packet_sockets", Type::gauge, "netns,kind,process,unit,ethertype,promiscuous",
         "Packet and raw sockets, which see or send what no TCP or UDP socket does; ethertype "
         "0x0003 sees every packet, 0x0000 none."},
    Info{"sockwatch_unix_sockets", Type::gauge, "netns,type,state",
         "UNIX sockets in the last full sample."},
    Info{"sockwatch_sample_duration_seconds", Type::histogram, "stage",
         "Time that a sample spent in a stage."},
    Info{"sockwatch_samples_total", Type::counter, "cadence", "Samples taken."},
    Info{"sockwatch_sample_overruns_total", Type::counter, "cadence",
         "Samples that ended after the next one was due."},
    Info{"sockwatch_sample_interval_seconds", Type::gauge, "cadence",
         "Interval in effect; longer than the configured one when cpu_limit demands it."},
    Info{"sockwatch_last_sample_timestamp_seconds", Type::gauge, "cadence",
         "When the last good sample was taken."},
    Info{"sockwatch_sample_errors_total", Type::counter, "source,reason", "Failed dumps."},
    Info{"sockwatch_dump_retries_total", Type::counter, "reason",
         "Receives from the kernel that were repeated."},
    Info{"sockwatch_process_read_errors_total", Type::counter, "reason",
         "Processes that a search for the owners of sockets could not read."},
    Info{"sockwatch_owner_search_backlog", Type::gauge, "",
         "Sockets whose owner is still to be searched."},
    Info{"sockwatch_source_up", Type::gauge, "protocol,source",
         "Whether the last dump of the source in use was complete."},
    Info{"sockwatch_namespaces", Type::gauge, "state",
         "Network namespaces, by what is known of them."},
    Info{"sockwatch_namespace_oldest_sample_timestamp_seconds", Type::gauge, "",
         "When the namespace with the oldest full sample was sampled."},
    Info{"sockwatch_series_folded", Type::gauge, "metric",
         "Series that the rows named other stand for."},
    Info{"sockwatch_series_omitted", Type::gauge, "metric", "Series that a limit hides."},
    Info{"sockwatch_cells_folded", Type::gauge, "",
         "Sockets counted without their port or owner because of limits.max_cells."},
    Info{"sockwatch_config_last_reload_successful", Type::gauge, "",
         "Whether the last attempt to load the configuration succeeded."},
    Info{"sockwatch_config_last_reload_success_timestamp_seconds", Type::gauge, "",
         "When the configuration was last loaded."},
    Info{"sockwatch_config_reloads_total", Type::counter, "outcome",
         "Reloads of the configuration."},
    Info{"sockwatch_http_requests_total", Type::counter, "code", "Answered HTTP requests."},
    Info{"sockwatch_http_connections_evicted_total", Type::counter, "",
         "Connections closed to make room for a new one."},
    Info{"sockwatch_http_exposed_unauthenticated", Type::gauge, "",
         "Whether the daemon itself listens beyond loopback without authentication."},
    Info{"sockwatch_log_messages_dropped_total", Type::counter, "",
         "Log lines left out because they repeat or the log could not take them."},
    Info{"sockwatch_state_write_errors_total", Type::counter, "",
         "Failed writes of the state file."},
    Info{"sockwatch_sandbox_active", Type::gauge, "mechanism",
         "Whether the kernel confines the daemon by this mechanism."},
    Info{"sockwatch_build_info", Type::gauge, "version,revision,compiler",
         "Always 1; what was built."},
    Info{"process_cpu_seconds_total", Type::counter, "", "User and system CPU time of the daemon."},
    Info{"process_start_time_seconds", Type::gauge, "", "When the daemon was started."},
    Info{"process_resident_memory_bytes", Type::gauge, "", "Resident memory of the daemon."},
    Info{"process_virtual_memory_bytes", Type::gauge, "", "Virtual memory of the daemon."},
    Info{"process_open_fds", Type::gauge, "", "Open file descriptors of the daemon."},
    Info{"process_max_fds", Type::gauge, "", "File descriptors that the daemon may open."},
};
static_assert(kCatalogue.size() == static_cast<std::size_t>(Id::count));

}  // namespace

std::span<const Info> catalogue() {
  return kCatalogue;
}

const Info& info(Id id) {
  return kCatalogue[static_cast<std::size_t>(id)];
}

}  // namespace sockwatch::metrics
