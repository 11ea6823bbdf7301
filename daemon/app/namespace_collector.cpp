#include "app/namespace_collector.h"

#include <algorithm>

#include "attribution/unit.h"
#include "sockets/listener.h"

namespace sockwatch {
namespace {

/// TCP's share of the cells is three quarters where there is UDP as well.
std::size_t cell_limit(const CollectorOptions& options, Protocol protocol) {
  if (options.protocols.size() == 1) return options.max_cells;
  const std::size_t quarter = options.max_cells / 4;
  return protocol == Protocol::tcp ? options.max_cells - quarter : quarter;
}

}  // namespace

NamespacePass NamespaceCollector::dump(Scope scope, const std::vector<Protocol>& protocols,
                                       const CollectorOptions& options, const Now& now,
                                       const CycleHooks& hooks) {
  sources_.begin_cycle(options.source, now.monotonic);
  refresh_surroundings(scope, options, now.monotonic);
  hooks.on_stage(Stage::dump);
  if (scope == Scope::everything) {
    attribution_.owners.begin_sample(access_.slot);
    listeners_.begin_sample();
  }
  std::vector<Part> parts;
  for (const Protocol protocol : protocols) {
    parts.push_back(dump(protocol, scope, options, now, hooks));
  }
  NamespacePass pass{std::move(parts), dump_families(scope, options, now), {}};
  sources_.close();
  pass.faults = sources_.take_faults();
  return pass;
}

void NamespaceCollector::refresh_surroundings(Scope scope, const CollectorOptions& options,
                                              MonotonicTime now) {
  const bool few = surroundings_.interfaces.links().size() <= access_.few_interfaces;
  const bool old = few || !interfaces_read_ || now - *interfaces_read_ >= access_.interfaces_age;
  if (access_.tells_interfaces && (scope == Scope::everything || old)) {
    // Interfaces that cannot be read now stay as they were.
    if (auto interfaces = sources_.interfaces()) surroundings_.interfaces = std::move(*interfaces);
    interfaces_read_ = now;
  }
  surroundings_.ephemeral = access_.port_range();
  surroundings_.service_ports = options.service_ports;
}

NamespaceCollector::Part NamespaceCollector::dump(Protocol protocol, Scope scope,
                                                  const CollectorOptions& options, const Now& now,
                                                  const CycleHooks& hooks) {
  Part part;
  part.result.protocol = protocol;
  part.fold =
      std::make_unique<ProtocolPass>(protocol, cell_limit(options, protocol), knowledge(now));
  Dumped dumped = dump_servers(part, scope, options, now);
  part.servers_complete = dumped.has_value();
  if (dumped && scope == Scope::everything) {
    dumped = sources_.dump_all(protocol, [&](std::span<const SocketRecord> records) {
      part.fold->add_all(records, part.servers);
      hooks.breathe();
    });
  }
  if (!dumped || scope == Scope::listeners) part.fold.reset();
  return part;
}

Dumped NamespaceCollector::dump_servers(Part& part, Scope scope, const CollectorOptions& options,
                                        const Now& now) {
  std::vector<SocketRecord> clients;
  auto dumped = sources_.dump_servers(part.result.protocol, [&](auto records) {
    for (const SocketRecord& record : records) {
      if (!part.fold->first_sight(record)) continue;
      const bool serves = record.state == State::listen ||
                          is_udp_server(record, PortChooser::program,
                                        udp_ages_.age(record.key.cookie, now.monotonic),
                                        options.udp_listener_age, surroundings_.ephemeral);
      (serves ? part.servers : clients).push_back(record);
    }
  });
  part.result.source = sources_.source_of(name(part.result.protocol));
  if (!dumped) return dumped;
  if (part.result.protocol == Protocol::udp) end_udp_dump(part.result.source);
  if (scope == Scope::listeners) return {};
  for (const SocketRecord& record : part.servers) listeners_.add(record);
  for (const SocketRecord& record : part.servers) part.fold->add(record, true);
  for (const SocketRecord& record : clients) part.fold->add(record, false);
  return {};
}

void NamespaceCollector::end_udp_dump(std::string_view source) {
  if (std::exchange(udp_source_, source) != source) udp_ages_.restart();
  udp_ages_.end_dump();
}

FamilyPass NamespaceCollector::dump_families(Scope scope, const CollectorOptions& options,
                                             const Now& now) {
  FamilyPass families(attribution_.owners, now);
  if (scope == Scope::listeners) return families;
  if (options.unix_sockets) families.dump_unix(sources_);
  if (options.packet_sockets) families.dump_packets(sources_);
  return families;
}

void NamespaceCollector::append_wanted(const NamespacePass& pass, const Now& now,
                                       std::vector<Wanted>& urgent,
                                       std::vector<Wanted>& others) const {
  const Owners& owners = attribution_.owners;
  const std::size_t urgent_before = urgent.size();
  const std::size_t others_before = others.size();
  pass.families.append_wanted(urgent);
  for (const Part& part : pass.parts) {
    if (!part.servers_complete) continue;
    for (const SocketRecord& record : part.servers) {
      const bool known = owners.find(record.key, now.monotonic) && owners.is_watched(record.key);
      if (!known) urgent.push_back({record.key, true, record.uid, record.cgroup_id});
    }
    if (part.fold) part.fold->append_wanted(others);
  }
  for (std::size_t i = urgent_before; i < urgent.size(); ++i) urgent[i].slot = access_.slot;
  for (std::size_t i = others_before; i < others.size(); ++i) others[i].slot = access_.slot;
}

NamespaceCollection NamespaceCollector::finish(NamespacePass&& pass, const Now& now) {
  NamespaceCollection collection;
  for (Part& part : pass.parts) {
    finish(part, now);
    collection.protocols.push_back(std::move(part.result));
  }
  collection.families = pass.families.finish();
  collection.faults = std::move(pass.faults);
  return collection;
}

void NamespaceCollector::finish(Part& part, const Now& now) {
  if (!part.servers_complete) return;
  auto& listeners = part.result.listeners.emplace();
  for (const SocketRecord& record : part.servers) listeners.push_back(observed(record, now));
  if (!part.fold) return;
  part.result.sockets = part.fold->finish();
  part.result.sockets->tells_bound_inactive = part.result.source != kProcfs;
  listeners_.end_sample(part.result.protocol);
}

ObservedListener NamespaceCollector::observed(const SocketRecord& record, const Now& now) {
  const Owner owner =
      attribution_.owners.find(record.key, now.monotonic).value_or(SearchEnd::unfinished);
  const CellOwner described = describe_owner(knowledge(now), owner, record.protocol,
                                             record.local.port, record.uid, record.cgroup_id);
  ObservedListener listener;
  listener.socket = record.key;
  listener.key.identity = {0, record.protocol, record.family, record.local,
                           surroundings_.interfaces.name(record.interface)};
  listener.key.owner = {described.process, proxied_unit(owner)};
  if (listener.key.owner.unit.empty()) {
    listener.key.owner.unit =
        unit_of_socket(attribution_.cgroups.path(record.cgroup_id, now.monotonic), described.unit);
  }
  listener.exposure = exposure_of(record, surroundings_.interfaces);
  listener.dual_stack = is_dual_stack(record);
  listener.user = attribution_.users.name(record.uid);
  listener.there_at_start =
      record.protocol == Protocol::udp && udp_ages_.was_in_first_dump(record.key.cookie);
  if (record.protocol == Protocol::tcp) {
    listener.accept_queue = record.receive_queue;
    listener.accept_queue_limit = send_queue(record);
  }
  listener.drops = record.drops;
  return listener;
}

std::string NamespaceCollector::proxied_unit(const Owner& owner) {
  const auto* process = std::get_if<ProcessId>(&owner);
  if (process == nullptr) return "";
  return attribution_.proxies.unit(*process, attribution_.owners.process(*process));
}

}  // namespace sockwatch
