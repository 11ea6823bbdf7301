// The joint counts of a sample: what a source of sockets delivers, and all that metrics and rules
// over counts are made of. Plain data in the end: no pointers, no records.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attribution/cause.h"
#include "sockets/direction.h"
#include "sockets/socket_record.h"

namespace sockwatch {

template <std::size_t N>
using Counts = std::array<std::uint32_t, N>;
using StateCounts = Counts<kStates>;

template <std::size_t N>
constexpr std::uint64_t total(const Counts<N>& counts) {
  std::uint64_t sum = 0;
  for (const std::uint32_t count : counts) sum += count;
  return sum;
}

template <std::size_t N>
constexpr void add(Counts<N>& sum, const Counts<N>& counts) {
  for (std::size_t i = 0; i < N; ++i) sum[i] += counts[i];
}

/// What the owner of a cell's sockets reads as.
struct CellOwner {
  std::optional<Cause> cause;  // set: no process
  std::string process;         // label; "" without a process
  std::string unit;            // of the process, or of the listener of unaccepted sockets

  bool operator==(const CellOwner&) const = default;
};

struct CellKey {
  std::uint64_t cgroup_id = 0;
  std::uint32_t owner = 0;  // index into CellTable::owners
  ServicePort port;
  Family family = Family::ipv4;
  Protocol protocol = Protocol::tcp;
  Direction direction = Direction::none;

  bool operator==(const CellKey&) const = default;
};
std::size_t hash_value(const CellKey& key);

struct CellTable {
  std::vector<CellOwner> owners;
  boost::unordered_flat_map<CellKey, StateCounts> cells;
  std::uint64_t folded = 0;  // sockets whose cell stands for several, because of the limit
};

/// Fills a CellTable and keeps it below `max_cells`: new cells get port `other` first, then owner
/// and cgroup `other` too. Sockets without a process keep their cause.
class CellBuilder {
 public:
  explicit CellBuilder(std::size_t max_cells) : max_cells_(max_cells) {}

  /// The index of an owner, the same for equal ones.
  std::uint32_t owner(const CellOwner& owner);
  void add(const CellKey& key, State state);
  CellTable take();

 private:
  StateCounts& new_cell(CellKey key);

  std::size_t max_cells_;
  CellTable table_;
  boost::unordered_flat_map<std::string, std::uint32_t> owner_index_;
};

}  // namespace sockwatch
