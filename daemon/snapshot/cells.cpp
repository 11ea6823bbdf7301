#include "snapshot/cells.h"

#include <utility>

namespace sockwatch {
namespace {

// Families, protocols, directions, and `other` or a cause for an owner: the cells that are left
// when everything else is folded.
constexpr std::size_t kFoldedCells = std::size_t{12} * (1 + kCauses);

std::string owner_text(const CellOwner& owner) {
  const char cause = owner.cause ? static_cast<char>('a' + static_cast<int>(*owner.cause)) : '-';
  return cause + owner.process + '\0' + owner.unit;
}

}  // namespace

/// The map mixes the bits; here it is enough that each field has some of its own.
std::size_t hash_value(const CellKey& key) {
  const auto kind = static_cast<std::uint32_t>(key.family) << 20 |
                    static_cast<std::uint32_t>(key.protocol) << 21 |
                    static_cast<std::uint32_t>(key.direction) << 22;
  const std::uint64_t what = static_cast<std::uint64_t>(key.owner) << 32 |
                             (static_cast<std::uint32_t>(key.port.value()) ^ kind);
  return key.cgroup_id * 0x9e3779b97f4a7c15 ^ what;
}

std::uint32_t CellBuilder::owner(const CellOwner& owner) {
  const auto [found, added] =
      owner_index_.try_emplace(owner_text(owner), static_cast<std::uint32_t>(table_.owners.size()));
  if (added) table_.owners.push_back(owner);
  return found->second;
}

void CellBuilder::add(const CellKey& key, State state) {
  const auto known = table_.cells.find(key);
  StateCounts& counts = known != table_.cells.end() ? known->second : new_cell(key);
  ++counts[static_cast<std::size_t>(state)];
}

StateCounts& CellBuilder::new_cell(CellKey key) {
  auto& cells = table_.cells;
  const std::size_t room = max_cells_ - std::min(max_cells_, kFoldedCells);
  if (cells.size() < room - room / 8) return cells[key];

  ++table_.folded;
  key.port = ServicePort::other();
  if (cells.size() < room) return cells[key];
  const auto coarser = cells.find(key);
  if (coarser != cells.end()) return coarser->second;
  key.cgroup_id = 0;
  const CellOwner& exact = table_.owners[key.owner];
  key.owner = owner({exact.cause, exact.cause ? "" : "other", "other"});
  return cells[key];
}

CellTable CellBuilder::take() {
  owner_index_.clear();
  return std::exchange(table_, CellTable{});
}

}  // namespace sockwatch
