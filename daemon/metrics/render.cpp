#include "metrics/render.h"

#include <prometheus/text_serializer.h>
#include <zlib.h>

#include <memory>
#include <sstream>
#include <stdexcept>

#include "metrics/families.h"
#include "support/version.h"

namespace sockwatch::metrics {
namespace {

std::string text(std::string_view view) {
  return std::string(view);
}

constexpr Protocol protocol_of(std::size_t state) {
  return is_state_of(Protocol::udp, static_cast<State>(state)) ? Protocol::udp : Protocol::tcp;
}

/// One row for each state that an entity has sockets in: `labels` between netns and state.
template <typename Key, typename MakeLabels>
void add_entities(Families& out, Id id, const std::vector<Entity<Key>>& entities,
                  const MakeLabels& labels) {
  for (const Entity<Key>& entity : entities) {
    for (std::size_t state = 0; state < kStates; ++state) {
      if (entity.counts[state] == 0) continue;
      out.add(id, labels(entity.key, text(name(protocol_of(state))), text(kStateNames[state])),
              entity.counts[state]);
    }
  }
}

void add_totals(Families& out, const Snapshot& snapshot, const ProtocolTotals& totals) {
  const std::string netns = snapshot.namespaces[totals.netns];
  const std::string protocol = text(name(totals.protocol));
  const bool zeros = totals.netns == kOwnNamespace;
  for (std::size_t family = 0; family < kFamilyNames.size(); ++family) {
    for (std::size_t state = 0; state < kStates; ++state) {
      const std::uint32_t count = totals.sockets[family][state];
      const bool shown = is_state_of(totals.protocol, static_cast<State>(state));
      const bool told =
          totals.tells_bound_inactive || static_cast<State>(state) != State::bound_inactive;
      if (!shown || (count == 0 && !(zeros && told))) continue;
      out.add(Id::sockets, {netns, text(kFamilyNames[family]), protocol, text(kStateNames[state])},
              count);
    }
  }
  for (std::size_t cause = 0; cause < kCauses; ++cause) {
    if (totals.unowned[cause] == 0 && !zeros) continue;
    out.add(Id::unowned_sockets, {netns, protocol, text(kCauseNames[cause])},
            static_cast<double>(totals.unowned[cause]));
  }
  const auto add_queue = [&](const char* queue, std::uint64_t bytes) {
    if (bytes == 0 && !zeros) return;
    out.add(Id::queued_bytes, {netns, protocol, queue}, static_cast<double>(bytes));
  };
  add_queue("receive", totals.receive_queued);
  add_queue("send", totals.send_queued);
}

void add_unix(Families& out, const std::string& netns, const UnixCounts& counts) {
  for (std::size_t type = 0; type < kUnixTypeNames.size(); ++type) {
    for (std::size_t state = 0; state < kUnixStateNames.size(); ++state) {
      const std::uint64_t count = counts[type][state];
      if (count == 0) continue;
      out.add(Id::unix_sockets, {netns, text(kUnixTypeNames[type]), text(kUnixStateNames[state])},
              static_cast<double>(count));
    }
  }
}

void add_packet(Families& out, const std::string& netns, const PacketRow& row) {
  const PacketKey& key = row.key;
  out.add(Id::packet_sockets,
          {netns, text(name(key.kind)), key.process, key.unit, key.ethertype, key.promiscuous},
          static_cast<double>(row.total()));
}

void add_snapshot(Families& out, const Snapshot& snapshot) {
  const auto& names = snapshot.namespaces;
  for (const ProtocolTotals& totals : snapshot.totals) add_totals(out, snapshot, totals);
  add_entities(out, Id::port_sockets, snapshot.ports,
               [&](const PortKey& key, auto&& protocol, auto&& state) {
                 return std::vector{names[key.netns], protocol, text(name(key.direction)),
                                    to_string(key.port), state};
               });
  add_entities(out, Id::process_sockets, snapshot.processes,
               [&](const ProcessKey& key, auto&& protocol, auto&& state) {
                 return std::vector{names[key.netns], key.process, key.unit, protocol, state};
               });
  add_entities(out, Id::unit_sockets, snapshot.units,
               [&](const UnitKey& key, auto&& protocol, auto&& state) {
                 return std::vector{names[key.netns], key.unit, protocol, state};
               });
  for (const PacketRow& row : snapshot.packets) add_packet(out, names[row.key.netns], row);
  for (const UnixTotals& row : snapshot.unix_totals) add_unix(out, names[row.netns], row.counts);
}

std::vector<std::string> listener_labels(const std::string& netns, const ListenerKey& key) {
  const ListenerIdentity& identity = key.identity;
  return {netns,
          text(name(identity.protocol)),
          text(name(identity.family)),
          to_string(identity.endpoint.address),
          std::to_string(identity.endpoint.port),
          identity.interface,
          key.owner.process,
          key.owner.unit};
}

void add_listener_group(Families& out, const std::string& netns, const ListenerGroup& group) {
  const auto labels = listener_labels(netns, group.key);
  const auto add_known = [&](Id id, std::optional<std::uint64_t> value) {
    if (value) out.add(id, labels, static_cast<double>(*value));
  };
  out.add(Id::listener_first_seen, labels, unix_seconds(group.first_seen));
  if (group.key.identity.protocol == Protocol::udp) {
    return add_known(Id::udp_receive_drops, group.drops_total);
  }
  add_known(Id::listener_accept_queue, group.accept_queue);
  add_known(Id::listener_accept_queue_limit, group.accept_queue_limit);
  add_known(Id::listener_accept_drops, group.drops_total);
}

void add_listeners(Families& out, const LimitedListeners& limited) {
  const auto& names = limited.namespaces;
  for (const Listener& listener : limited.listeners) {
    auto labels = listener_labels(names[listener.key.identity.netns], listener.key);
    labels.insert(labels.end(), {text(name(listener.exposure)), listener.user,
                                 listener.dual_stack ? "true" : "false"});
    out.add(Id::listener_sockets, std::move(labels), static_cast<double>(listener.sockets));
  }
  for (const HiddenListeners& hidden : limited.hidden) {
    out.add(Id::listener_sockets,
            {names[hidden.netns], "other", "other", "other", "other", "other", "other", "other",
             text(name(hidden.exposure)), "other", "other"},
            static_cast<double>(hidden.sockets));
  }
  for (const ListenerGroup& group : limited.groups) {
    add_listener_group(out, names[group.key.identity.netns], group);
  }
}

void add_folded(Families& out, const Snapshot& snapshot) {
  const auto folded = [&](Id id, std::uint64_t rows) {
    out.add(Id::series_folded, {text(info(id).name)}, static_cast<double>(rows));
  };
  folded(Id::port_sockets, snapshot.port_series_folded);
  folded(Id::process_sockets, snapshot.process_series_folded);
  folded(Id::unit_sockets, snapshot.unit_series_folded);
  if (snapshot.packet_series_folded) folded(Id::packet_sockets, *snapshot.packet_series_folded);
  const NamespaceRows& rows = snapshot.namespace_series_folded;
  folded(Id::sockets, rows.sockets);
  folded(Id::unowned_sockets, rows.unowned_sockets);
  folded(Id::queued_bytes, rows.queued_bytes);
  if (!snapshot.unix_totals.empty()) folded(Id::unix_sockets, rows.unix_sockets);
  out.add(Id::cells_folded, static_cast<double>(snapshot.cells_folded));
}

void add_omitted(Families& out, const LimitedListeners& limited) {
  const auto omitted = [&](Id id, std::uint64_t rows) {
    out.add(Id::series_omitted, {text(info(id).name)}, static_cast<double>(rows));
  };
  omitted(Id::listener_sockets, limited.listeners_omitted);
  omitted(Id::listener_first_seen, limited.tcp_groups_omitted + limited.udp_groups_omitted);
  omitted(Id::listener_accept_queue, limited.tcp_groups_omitted);
  omitted(Id::listener_accept_queue_limit, limited.tcp_groups_omitted);
  omitted(Id::listener_accept_drops, limited.tcp_groups_omitted);
  omitted(Id::udp_receive_drops, limited.udp_groups_omitted);
}

void add_sampler(Families& out, const SamplerFigures& sampler) {
  for (std::size_t i = 0; i < kStageNames.size(); ++i) {
    out.add(Id::sample_duration, {text(kStageNames[i])}, sampler.stages[i]);
  }
  for (std::size_t i = 0; i < kCadenceNames.size(); ++i) {
    const CadenceFigures& cadence = sampler.cadences[i];
    const std::string label = text(kCadenceNames[i]);
    out.add(Id::samples, {label}, static_cast<double>(cadence.samples));
    out.add(Id::sample_overruns, {label}, static_cast<double>(cadence.overruns));
    out.add(Id::sample_interval, {label}, std::chrono::duration<double>(cadence.interval).count());
    if (cadence.last_sample) {
      out.add(Id::last_sample, {label}, unix_seconds(cadence.last_sample->wall));
    }
  }
  for (const auto& [error, count] : sampler.errors) {
    out.add(Id::sample_errors, {text(error.source), text(error.reason)},
            static_cast<double>(count));
  }
  out.add(Id::dump_retries, {"interrupted"}, static_cast<double>(sampler.interruptions));
  for (std::size_t i = 0; i < kReadErrorNames.size(); ++i) {
    out.add(Id::process_read_errors, {text(kReadErrorNames[i])},
            static_cast<double>(sampler.read_errors.counts[i]));
  }
  for (const SourceState& source : sampler.sources) {
    out.add(Id::source_up, {text(source.protocol), text(source.source)}, source.up ? 1 : 0);
  }
  out.add(Id::search_backlog, static_cast<double>(sampler.search_backlog));
}

void add_namespaces(Families& out, const NamespaceFigures& figures) {
  out.add(Id::namespaces, {"sampled"}, static_cast<double>(figures.sampled));
  out.add(Id::namespaces, {"unreadable"}, static_cast<double>(figures.unreadable));
  out.add(Id::namespaces, {"skipped"}, static_cast<double>(figures.skipped));
  if (figures.oldest) out.add(Id::namespace_oldest_sample, unix_seconds(*figures.oldest));
}

void add_live(Families& out, const LiveCounters& live) {
  out.add(Id::reload_successful, live.reload_good ? 1 : 0);
  out.add(Id::reload_success_time, live.reload_good_time);
  out.add(Id::reloads, {"success"}, static_cast<double>(live.reloads_good));
  out.add(Id::reloads, {"failure"}, static_cast<double>(live.reloads_failed));
  for (const auto& [code, count] : live.http_responses.get()) {
    out.add(Id::http_requests, {std::to_string(code)}, static_cast<double>(count));
  }
  out.add(Id::http_evictions, static_cast<double>(live.http_evictions));
  out.add(Id::http_exposed, live.http_exposed ? 1 : 0);
  out.add(Id::log_dropped, static_cast<double>(live.log_dropped));
  out.add(Id::state_write_errors, static_cast<double>(live.state_write_errors));
}

void add_self(Families& out, const SelfFigures& self) {
  out.add(Id::sandbox_active, {"seccomp"}, self.seccomp_mode == 2 ? 1 : 0);
  out.add(Id::sandbox_active, {"no_new_privileges"}, self.no_new_privileges ? 1 : 0);
  out.add(Id::build_info, {text(kVersion), text(kRevision), text(kCompiler)}, 1);
  out.add(Id::process_cpu, self.cpu_seconds);
  out.add(Id::process_start_time, self.start_time_seconds);
  out.add(Id::process_resident, static_cast<double>(self.resident_bytes));
  out.add(Id::process_virtual, static_cast<double>(self.virtual_bytes));
  out.add(Id::process_open_fds, static_cast<double>(self.open_descriptors));
  out.add(Id::process_max_fds, static_cast<double>(self.max_descriptors));
}

}  // namespace

std::vector<prometheus::MetricFamily> to_families(const Report& report, const LiveCounters& live) {
  Families out;
  if (report.sockets) add_snapshot(out, *report.sockets);
  if (report.sockets) add_folded(out, *report.sockets);
  if (report.listeners) add_listeners(out, *report.listeners);
  if (report.listeners) add_omitted(out, *report.listeners);
  add_sampler(out, report.sampler);
  add_namespaces(out, report.sampler.namespaces);
  add_live(out, live);
  add_self(out, report.self);
  return out.take();
}

std::string to_text(const std::vector<prometheus::MetricFamily>& families) {
  std::ostringstream out;
  out.exceptions(std::ios::badbit);  // else want of memory would end the text early, unnoticed
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  constexpr int kGzipFormat = 16 + MAX_WBITS;
  constexpr int kMemoryLevel = 8;
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipFormat, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  const std::unique_ptr<z_stream, decltype(&deflateEnd)> ended(&stream, &deflateEnd);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  if (result != Z_STREAM_END) throw std::runtime_error("gzip failed");
  return out;
}

}  // namespace sockwatch::metrics
