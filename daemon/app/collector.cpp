#include "app/collector.h"

#include <algorithm>

#include "app/port_range_file.h"
#include "attribution/unit.h"
#include "sockets/listener.h"

namespace sockwatch {
namespace {

// Full samples for which the owners of sockets that are not seen are kept when a dump failed. Not
// for ever: one protocol may fail for good while the sockets of the other come and go.
constexpr unsigned kPatience = 4;

/// TCP's share of the cells is three quarters where there is UDP as well.
std::size_t cell_limit(const CollectorOptions& options, Protocol protocol) {
  if (options.protocols.size() == 1) return options.max_cells;
  const std::size_t quarter = options.max_cells / 4;
  return protocol == Protocol::tcp ? options.max_cells - quarter : quarter;
}

/// Whether a full sample had every socket that has an owner.
bool is_complete(const Collection& collection) {
  const auto failed = [](const CollectedFamily& family) {
    return !family.source.empty() && !family.sample;
  };
  return std::ranges::all_of(collection.protocols,
                             [](const Collected& part) { return part.sockets.has_value(); }) &&
         std::ranges::none_of(collection.families, failed);
}

}  // namespace

Collection Collector::collect(Scope scope, const CollectorOptions& options, const Now& now,
                              const OnStage& on_stage) {
  on_stage(Stage::attribute);
  sources_.begin_cycle(options.source, now.monotonic);
  refresh_surroundings(options);
  if (scope == Scope::everything) {
    owners_.begin_sample();
    owners_.revalidate_processes();
    listeners_.begin_sample();
  }
  owners_.verify_listeners(now.monotonic);

  on_stage(Stage::dump);
  std::vector<Pass> passes;
  for (const Protocol protocol : options.protocols) {
    passes.push_back(dump(protocol, scope, options, now));
  }
  FamilyPass families = dump_families(scope, options, now);
  sources_.close();

  on_stage(Stage::attribute);
  attribute(passes, families, now);
  Collection collection;
  for (Pass& pass : passes) {
    finish(pass, now);
    collection.protocols.push_back(std::move(pass.result));
  }
  collection.families = families.finish();
  if (scope == Scope::everything) {
    owners_.forget_unseen(is_complete(collection) ? 1 : kPatience);
  }
  collection.faults = sources_.take_faults();
  return collection;
}

void Collector::refresh_surroundings(const CollectorOptions& options) {
  // Interfaces that cannot be read now stay as they were.
  if (auto interfaces = sources_.interfaces()) surroundings_.interfaces = std::move(*interfaces);
  surroundings_.ephemeral = read_port_range(*system_.proc);
  surroundings_.service_ports = options.service_ports;
  users_.refresh();
}

Collector::Pass Collector::dump(Protocol protocol, Scope scope, const CollectorOptions& options,
                                const Now& now) {
  Pass pass;
  pass.result.protocol = protocol;
  pass.fold =
      std::make_unique<ProtocolPass>(protocol, cell_limit(options, protocol), knowledge(now));
  Dumped dumped = dump_servers(pass, scope, options, now);
  pass.servers_complete = dumped.has_value();
  if (dumped && scope == Scope::everything) {
    dumped = sources_.dump_all(protocol, [&](std::span<const SocketRecord> records) {
      pass.fold->add_all(records, pass.servers);
    });
  }
  if (!dumped || scope == Scope::listeners) pass.fold.reset();
  return pass;
}

Dumped Collector::dump_servers(Pass& pass, Scope scope, const CollectorOptions& options,
                               const Now& now) {
  std::vector<SocketRecord> clients;
  auto dumped = sources_.dump_servers(pass.result.protocol, [&](auto records) {
    for (const SocketRecord& record : records) {
      if (!pass.fold->first_sight(record)) continue;
      const bool serves = record.state == State::listen ||
                          is_udp_server(record, PortChooser::program,
                                        udp_ages_.age(record.key.cookie, now.monotonic),
                                        options.udp_listener_age, surroundings_.ephemeral);
      (serves ? pass.servers : clients).push_back(record);
    }
  });
  pass.result.source = sources_.source_of(name(pass.result.protocol));
  if (!dumped) return dumped;
  if (pass.result.protocol == Protocol::udp) end_udp_dump(pass.result.source);
  if (scope == Scope::listeners) return {};
  for (const SocketRecord& record : pass.servers) listeners_.add(record);
  for (const SocketRecord& record : pass.servers) pass.fold->add(record, true);
  for (const SocketRecord& record : clients) pass.fold->add(record, false);
  return {};
}

void Collector::end_udp_dump(std::string_view source) {
  if (std::exchange(udp_source_, source) != source) udp_ages_.restart();
  udp_ages_.end_dump();
}

FamilyPass Collector::dump_families(Scope scope, const CollectorOptions& options, const Now& now) {
  FamilyPass families(owners_, now);
  if (scope == Scope::listeners) return families;
  if (options.unix_sockets) families.dump_unix(sources_);
  if (options.packet_sockets) families.dump_packets(sources_);
  return families;
}

void Collector::attribute(const std::vector<Pass>& passes, const FamilyPass& families,
                          const Now& now) {
  std::vector<Wanted> wanted;
  families.append_wanted(wanted);
  for (const Pass& pass : passes) {
    if (!pass.servers_complete) continue;
    for (const SocketRecord& record : pass.servers) {
      const bool known = owners_.find(record.key, now.monotonic) && owners_.is_watched(record.key);
      if (!known) wanted.push_back({record.key, true});
    }
    if (pass.fold) pass.fold->append_wanted(wanted);
  }
  if (!wanted.empty()) owners_.search(wanted, now.monotonic);
}

void Collector::finish(Pass& pass, const Now& now) {
  if (!pass.servers_complete) return;
  auto& listeners = pass.result.listeners.emplace();
  for (const SocketRecord& record : pass.servers) listeners.push_back(observed(record, now));
  if (!pass.fold) return;
  pass.result.sockets = pass.fold->finish();
  pass.result.sockets->tells_bound_inactive = pass.result.source != kProcfs;
  listeners_.end_sample(pass.result.protocol);
}

ObservedListener Collector::observed(const SocketRecord& record, const Now& now) {
  const Owner owner = owners_.find(record.key, now.monotonic).value_or(SearchEnd::unfinished);
  const CellOwner described = describe_owner(knowledge(now), owner, record.protocol,
                                             record.local.port, record.uid, record.cgroup_id);
  ObservedListener listener;
  listener.socket = record.key;
  listener.key.identity = {0, record.protocol, record.family, record.local,
                           surroundings_.interfaces.name(record.interface)};
  listener.key.owner = {
      described.process,
      unit_of_socket(cgroups_.path(record.cgroup_id, now.monotonic), described.unit)};
  listener.exposure = exposure_of(record, surroundings_.interfaces);
  listener.dual_stack = is_dual_stack(record);
  listener.user = users_.name(record.uid);
  listener.there_at_start =
      record.protocol == Protocol::udp && udp_ages_.was_in_first_dump(record.key.cookie);
  if (record.protocol == Protocol::tcp) {
    listener.accept_queue = record.receive_queue;
    listener.accept_queue_limit = send_queue(record);
  }
  listener.drops = record.drops;
  return listener;
}

}  // namespace sockwatch
