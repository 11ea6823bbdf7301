// What a family without ports (unix, packet, raw) gives in one complete full dump of one network
// namespace. Plain data.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "snapshot/budget.h"
#include "snapshot/namespace_index.h"
#include "sockets/packet_socket.h"
#include "sockets/unix_socket.h"
#include "support/clock.h"

namespace sockwatch {

/// By UnixType, then UnixState.
using UnixCounts = std::array<std::array<std::uint64_t, 3>, 3>;

constexpr void add(UnixCounts& sum, const UnixCounts& counts) {
  for (std::size_t type = 0; type < sum.size(); ++type) {
    for (std::size_t state = 0; state < sum[type].size(); ++state) {
      sum[type][state] += counts[type][state];
    }
  }
}

/// Texts are labels as they are shown.
struct PacketKey {
  NamespaceIndex netns = 0;
  PacketKind kind = PacketKind::packet;
  std::string process;      // "" without one
  std::string unit;         // of the process
  std::string ethertype;    // "0x0003", "" of raw sockets
  std::string promiscuous;  // "true", "false", "" where the source does not tell

  auto operator<=>(const PacketKey&) const = default;
  PacketKey folded() const {
    return {sockwatch::folded(netns), kind, "other", "other", "other", "other"};
  }
};

using PacketRow = Entity<PacketKey, 1>;

struct FamilySample {
  Now taken;
  std::variant<UnixCounts, std::vector<PacketRow>> counts;
  NamespaceIndex netns = 0;  // of all rows, whatever theirs say
};

}  // namespace sockwatch
