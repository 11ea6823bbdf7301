#include "snapshot/aggregate.h"

#include <algorithm>
#include <map>

#include "attribution/unit.h"
#include "snapshot/row_limit.h"

namespace sockwatch {
namespace {

template <typename Key, std::size_t N>
std::vector<Entity<Key, N>> entities(std::map<Key, Counts<N>>&& sums) {
  std::vector<Entity<Key, N>> list;
  list.reserve(sums.size());
  for (auto& [key, counts] : sums) list.push_back({key, counts});
  return list;
}

/// Sums of all cells, per metric.
class Sums {
 public:
  explicit Sums(const CgroupPath& path) : path_(path) {}

  void add_sample(const ProtocolSample& sample) {
    units_of_.clear();
    const NamespaceIndex netns = sample.netns;
    ProtocolTotals& row = totals(netns, sample.protocol);
    row.receive_queued += sample.receive_queued;
    row.send_queued += sample.send_queued;
    row.tells_bound_inactive = sample.tells_bound_inactive;
    for (const auto& [key, counts] : sample.table.cells) {
      const CellOwner& owner = sample.table.owners[key.owner];
      const std::string& unit = unit_of(key, owner);
      add(row.sockets[static_cast<std::size_t>(key.family)], counts);
      add(ports_[{netns, key.direction, key.port}], counts);
      add(units_[{netns, unit}], counts);
      if (owner.cause) {
        row.unowned[static_cast<std::size_t>(*owner.cause)] += total(counts);
      } else {
        add(processes_[{netns, owner.process, unit}], counts);
      }
    }
  }

  std::map<std::pair<NamespaceIndex, Protocol>, ProtocolTotals> totals_;
  std::map<PortKey, StateCounts> ports_;
  std::map<ProcessKey, StateCounts> processes_;
  std::map<UnitKey, StateCounts> units_;

 private:
  ProtocolTotals& totals(NamespaceIndex netns, Protocol protocol) {
    ProtocolTotals& row = totals_[{netns, protocol}];
    row.netns = netns;
    row.protocol = protocol;
    return row;
  }

  const std::string& unit_of(const CellKey& key, const CellOwner& owner) {
    const auto [found, added] = units_of_.try_emplace({key.cgroup_id, key.owner});
    if (added) found->second = unit_of_socket(path_(key.cgroup_id), owner.unit);
    return found->second;
  }

  const CgroupPath& path_;
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::string> units_of_;
};

}  // namespace

/// The memory of what is held is by index, and a name can get another one.
void Aggregator::follow(const std::vector<std::string>& names) {
  if (names == names_) return;
  const auto now_at = [&](NamespaceIndex old) -> std::optional<NamespaceIndex> {
    const auto found = std::ranges::find(names, names_[old]);
    if (found == names.end()) return std::nullopt;
    return static_cast<NamespaceIndex>(found - names.begin());
  };
  ports_.renumber(now_at);
  processes_.renumber(now_at);
  units_.renumber(now_at);
  packets_.renumber(now_at);
  namespaces_.renumber(now_at);
  names_ = names;
}

Snapshot Aggregator::aggregate(const std::vector<const ProtocolSample*>& samples,
                               const std::vector<std::string>& names, const CgroupPath& path,
                               std::size_t row_limit) {
  follow(names);
  Sums sums(path);
  Snapshot snapshot;
  snapshot.namespaces = names;
  for (const ProtocolSample* sample : samples) {
    sums.add_sample(*sample);
    snapshot.cells_folded += sample->table.folded;
  }
  for (auto& [key, totals] : sums.totals_) snapshot.totals.push_back(totals);

  auto ports = ports_.fold(entities(std::move(sums.ports_)), row_limit);
  auto processes = processes_.fold(entities(std::move(sums.processes_)), row_limit);
  auto units = units_.fold(entities(std::move(sums.units_)), row_limit);
  snapshot.ports = std::move(ports.shown);
  snapshot.port_series_folded = ports.rows_folded;
  snapshot.processes = std::move(processes.shown);
  snapshot.process_series_folded = processes.rows_folded;
  snapshot.units = std::move(units.shown);
  snapshot.unit_series_folded = units.rows_folded;
  return snapshot;
}

void Aggregator::add_families(Snapshot& snapshot, const std::vector<const FamilySample*>& samples,
                              std::size_t row_limit) {
  std::map<NamespaceIndex, UnixCounts> unix_sums;
  std::optional<std::map<PacketKey, Counts<1>>> packets;
  for (const FamilySample* sample : samples) {
    if (const auto* counts = std::get_if<UnixCounts>(&sample->counts)) {
      add(unix_sums[sample->netns], *counts);
      continue;
    }
    if (!packets) packets.emplace();
    for (const PacketRow& row : std::get<std::vector<PacketRow>>(sample->counts)) {
      PacketKey key = row.key;
      key.netns = sample->netns;
      add((*packets)[std::move(key)], row.counts);
    }
  }
  for (const auto& [netns, counts] : unix_sums) snapshot.unix_totals.push_back({netns, counts});
  namespaces_.apply(snapshot, kNamespaceMetrics * row_limit);
  if (!packets) return;
  auto folded = packets_.fold(entities(std::move(*packets)), row_limit);
  snapshot.packets = std::move(folded.shown);
  snapshot.packet_series_folded = folded.rows_folded;
}

}  // namespace sockwatch
