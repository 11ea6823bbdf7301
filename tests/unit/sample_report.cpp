#include "unit/sample_report.h"

#include "support/text.h"
#include "unit/listener_samples.h"

namespace sockwatch::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

StateCounts counts(std::initializer_list<std::pair<State, std::uint32_t>> states) {
  StateCounts counts{};
  for (const auto& [state, count] : states) counts[static_cast<std::size_t>(state)] = count;
  return counts;
}

ProtocolTotals tcp_totals() {
  ProtocolTotals totals;
  totals.sockets[0] = counts({{State::listen, 2}, {State::established, 5}, {State::time_wait, 3}});
  totals.unowned[static_cast<std::size_t>(Cause::time_wait)] = 3;
  totals.unowned[static_cast<std::size_t>(Cause::unaccepted)] = 1;
  totals.receive_queued = 1536;
  totals.send_queued = 70'000;
  return totals;
}

ProtocolTotals udp_totals() {
  ProtocolTotals totals;
  totals.protocol = Protocol::udp;
  totals.sockets[0] = counts({{State::unconnected, 1}, {State::connected, 1}});
  return totals;
}

/// A container with one connection.
void add_container(Snapshot& snapshot) {
  snapshot.namespaces.emplace_back("container:0123456789ab");
  const auto netns = static_cast<NamespaceIndex>(snapshot.namespaces.size() - 1);
  const StateCounts one = counts({{State::established, 1}});
  ProtocolTotals totals;
  totals.netns = netns;
  totals.sockets[0] = one;
  totals.send_queued = 300;
  snapshot.totals.push_back(totals);
  snapshot.ports.push_back({{netns, Direction::outbound, ServicePort(443)}, one});
  snapshot.processes.push_back({{netns, "curl", "container:0123456789ab"}, one});
  snapshot.units.push_back({{netns, "container:0123456789ab"}, one});
  snapshot.unix_totals.push_back({netns, {{{2, 0, 0}}}});
  snapshot.namespace_series_folded = {6, 2, 1, 3};
}

Snapshot snapshot() {
  Snapshot snapshot;
  snapshot.totals = {tcp_totals(), udp_totals()};
  snapshot.ports = {
      {{0, Direction::inbound, ServicePort(53)}, counts({{State::unconnected, 1}})},
      {{0, Direction::inbound, ServicePort(80)},
       counts({{State::listen, 1}, {State::established, 4}, {State::time_wait, 3}})},
      {{0, Direction::outbound, ServicePort::ephemeral()}, counts({{State::connected, 1}})},
      {{0, Direction::inbound, ServicePort::other()},
       counts({{State::listen, 1}, {State::established, 1}})}};
  snapshot.processes = {
      {{0, "nginx", "nginx.service"}, counts({{State::listen, 1}, {State::established, 3}})},
      {{0, hostile_name(), "session-*.scope"}, counts({{State::listen, 1}, {State::connected, 1}})},
      {{0, "other", "other"}, counts({{State::established, 1}, {State::unconnected, 1}})}};
  snapshot.units = {{{0, ""}, counts({{State::time_wait, 3}})},
                    {{0, "nginx.service"}, counts({{State::listen, 1}, {State::established, 5}})},
                    {{0, "session-*.scope"},
                     counts({{State::listen, 1}, {State::unconnected, 1}, {State::connected, 1}})}};
  snapshot.unix_totals = {{0, {{{40, 3, 0}, {0, 0, 12}, {2, 1, 0}}}}};
  snapshot.packets = {
      {{0, PacketKind::packet, "dhclient", "", "0x0003", "false"}, {1}},
      {{0, PacketKind::packet, hostile_name(), "session-*.scope", "0x0003", "true"}, {2}},
      {{0, PacketKind::packet, "other", "other", "other", "other"}, {5}},
      {{0, PacketKind::raw, "ping", "", "", "false"}, {1}}};
  snapshot.packet_series_folded = 4;
  snapshot.port_series_folded = 2;
  snapshot.process_series_folded = 2;
  snapshot.cells_folded = 7;
  add_container(snapshot);
  return snapshot;
}

ListenerGroup group(const ListenerKey& key, std::uint64_t drops) {
  ListenerGroup group;
  group.key = key;
  group.first_seen = after(milliseconds(250)).wall;
  group.accept_queue = 1;
  group.accept_queue_limit = 511;
  group.drops_total = drops;
  return group;
}

LimitedListeners listeners() {
  ListenerKey hostile =
      listener_key(Protocol::tcp, "fe80::1", 8080, {hostile_name(), "session-*.scope"});
  hostile.identity.interface = "eth0";
  const ListenerKey web = listener_key(Protocol::tcp, "::", 80);
  const ListenerKey dns = listener_key(Protocol::udp, "127.0.0.53", 53, {"", ""});
  LimitedListeners listeners;
  listeners.listeners = {{web, Exposure::wildcard, true, "root", 4},
                         {hostile, Exposure::link_local, false, "1000", 1},
                         {dns, Exposure::loopback, false, "systemd-resolve", 1}};
  listeners.hidden = {{kOwnNamespace, Exposure::private_, 12},
                      {kOtherNamespace, Exposure::wildcard, 3}};
  listeners.groups = {group(web, 9), group(hostile, 0), group(dns, 4'294'967'296)};
  listeners.listeners_omitted = 12;
  listeners.tcp_groups_omitted = 8;
  listeners.udp_groups_omitted = 4;
  return listeners;
}

SamplerFigures sampler() {
  SamplerFigures figures;
  figures.cadences[0] = {100, 1, seconds(5), after(seconds(500))};
  figures.cadences[1] = {500, 2, milliseconds(1500), after(milliseconds(504'125))};
  figures.stages[0].observe(milliseconds(2));
  figures.stages[0].observe(seconds(20));
  figures.stages[1].observe(std::chrono::microseconds(125));
  figures.errors = {{{"netlink", "timeout"}, 0},
                    {{"netlink", "permission"}, 3},
                    {{"procfs", "malformed"}, 1},
                    {{"rtnetlink", "other"}, 2},
                    {{"sampler", "other"}, 4}};
  figures.interruptions = 6;
  figures.read_errors = {{1, 2, 3, 0}};
  figures.search_backlog = 17;
  figures.namespaces = {3, 1, 2, after(seconds(470)).wall};
  figures.sources = {{"tcp", "netlink", true}, {"udp", "procfs", false}};
  return figures;
}

}  // namespace

std::string hostile_name() {
  return label_name("a\"\\\n\xff<b>\xe2\x80\xae{}");
}

Report sample_report() {
  Report report;
  report.number = 1;
  report.sockets = std::make_shared<Snapshot>(snapshot());
  report.listeners = std::make_shared<LimitedListeners>(listeners());
  report.sampler = sampler();
  report.self = {12.5, 1'700'000'000.25, 10'485'760, 52'428'800, 17, 65'536, 2, true};
  return report;
}

void fill(LiveCounters& live) {
  live.http_responses.count(200);
  live.http_responses.count(200);
  live.http_responses.count(404);
  live.http_evictions = 6;
  live.log_dropped = 11;
  live.state_write_errors = 1;
  live.reload_good_time = 1'700'000'100;
  live.reloads_good = 2;
  live.reloads_failed = 1;
}

}  // namespace sockwatch::test
