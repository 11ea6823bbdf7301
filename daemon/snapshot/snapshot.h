// The counts that are shown: cells summed per metric, within the limits. Plain data; it could cross
// a process boundary.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "snapshot/budget.h"
#include "snapshot/family_samples.h"
#include "snapshot/namespace_index.h"
#include "snapshot/protocol_sample.h"

namespace sockwatch {

struct PortKey {
  NamespaceIndex netns = 0;
  Direction direction = Direction::none;
  ServicePort port;

  auto operator<=>(const PortKey&) const = default;
  PortKey folded() const { return {sockwatch::folded(netns), direction, ServicePort::other()}; }
};

struct ProcessKey {
  NamespaceIndex netns = 0;
  std::string process;
  std::string unit;

  auto operator<=>(const ProcessKey&) const = default;
  ProcessKey folded() const { return {sockwatch::folded(netns), "other", "other"}; }
};

struct UnitKey {
  NamespaceIndex netns = 0;
  std::string unit;

  auto operator<=>(const UnitKey&) const = default;
  UnitKey folded() const { return {sockwatch::folded(netns), "other"}; }
};

/// What a protocol has in one namespace; zeros are shown of the host's alone.
struct ProtocolTotals {
  NamespaceIndex netns = 0;
  Protocol protocol = Protocol::tcp;
  std::array<StateCounts, 2> sockets{};  // by Family
  std::array<std::uint64_t, kCauses> unowned{};
  std::uint64_t receive_queued = 0;
  std::uint64_t send_queued = 0;
  bool tells_bound_inactive = true;  // as in ProtocolSample
};

struct UnixTotals {
  NamespaceIndex netns = 0;
  UnixCounts counts{};
};

/// Rows of the metrics that are limited by whole namespaces.
struct NamespaceRows {
  std::uint64_t sockets = 0;
  std::uint64_t unowned_sockets = 0;
  std::uint64_t queued_bytes = 0;
  std::uint64_t unix_sockets = 0;
};

struct Snapshot {
  std::vector<std::string> namespaces = kFirstNamespaces;
  std::vector<ProtocolTotals> totals;  // only of protocols that have a good sample
  std::vector<Entity<PortKey>> ports;
  std::vector<Entity<ProcessKey>> processes;
  std::vector<Entity<UnitKey>> units;
  std::vector<UnixTotals> unix_totals;   // empty without a good sample
  std::vector<PacketRow> packets;        // of packet and raw sockets together
  std::uint64_t port_series_folded = 0;  // rows that `other` stands for
  std::uint64_t process_series_folded = 0;
  std::uint64_t unit_series_folded = 0;
  std::optional<std::uint64_t> packet_series_folded;  // nothing without a good sample
  NamespaceRows namespace_series_folded;
  std::uint64_t cells_folded = 0;  // sockets whose cell stands for several
};

}  // namespace sockwatch
