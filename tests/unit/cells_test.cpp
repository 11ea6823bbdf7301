#include "snapshot/cells.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <tuple>

namespace sockwatch {
namespace {

constexpr std::size_t kMaxCells = 1024;

/// What no fold may change: sockets by all that is not folded.
using Kept = std::tuple<Family, Protocol, Direction, std::optional<Cause>, State>;

std::map<Kept, std::uint64_t> kept_sums(const CellTable& table) {
  std::map<Kept, std::uint64_t> sums;
  for (const auto& [key, counts] : table.cells) {
    for (std::size_t i = 0; i < kStates; ++i) {
      if (counts[i] == 0) continue;
      sums[{key.family, key.protocol, key.direction, table.owners[key.owner].cause,
            static_cast<State>(i)}] += counts[i];
    }
  }
  return sums;
}

std::uint64_t sockets_in(const CellTable& table,
                         const std::function<bool(const CellKey&)>& matches) {
  std::uint64_t sum = 0;
  for (const auto& [key, counts] : table.cells) {
    if (!matches(key)) continue;
    for (const std::uint32_t count : counts) sum += count;
  }
  return sum;
}

CellKey cell(std::uint32_t owner, std::uint16_t port, std::uint64_t cgroup = 7) {
  CellKey key;
  key.owner = owner;
  key.port = ServicePort(port);
  key.cgroup_id = cgroup;
  key.direction = Direction::inbound;
  return key;
}

class RandomSockets {
 public:
  explicit RandomSockets(unsigned seed) : random_(seed) {}

  void add_to(CellBuilder& builder, std::map<Kept, std::uint64_t>& sums) {
    const CellOwner owner = random_owner();
    CellKey key =
        cell(builder.owner(owner), below<std::uint16_t>(60'000), below<std::uint64_t>(50));
    key.family = static_cast<Family>(below<int>(2));
    key.protocol = static_cast<Protocol>(below<int>(2));
    key.direction = static_cast<Direction>(below<int>(3));
    const auto state = static_cast<State>(below<std::size_t>(kStates));
    builder.add(key, state);
    ++sums[{key.family, key.protocol, key.direction, owner.cause, state}];
  }

 private:
  template <typename Number>
  Number below(Number end) {
    return static_cast<Number>(random_() % static_cast<std::uint64_t>(end));
  }

  CellOwner random_owner() {
    if (below(2) == 0) return {static_cast<Cause>(below<std::size_t>(kCauses)), "", ""};
    const std::string number = std::to_string(below(500));
    return {std::nullopt, "process" + number, number + ".service"};
  }

  std::mt19937_64 random_;
};

TEST(Cells, TellApartEveryPartOfTheirKey) {
  CellBuilder builder(kMaxCells);
  const std::uint32_t owner = builder.owner({std::nullopt, "nginx", "nginx.service"});
  const CellKey first = cell(owner, 80);
  std::vector<CellKey> keys(7, first);
  keys[1].owner = builder.owner({Cause::orphan, "", ""});
  keys[2].port = ServicePort(81);
  keys[3].cgroup_id = 8;
  keys[4].family = Family::ipv6;
  keys[5].protocol = Protocol::udp;
  keys[6].direction = Direction::outbound;
  for (const CellKey& key : keys) {
    builder.add(key, State::established);
    builder.add(key, State::established);
  }
  const CellTable table = builder.take();
  ASSERT_EQ(table.cells.size(), keys.size());
  for (const auto& [key, counts] : table.cells) EXPECT_EQ(counts[0], 2U);
  EXPECT_EQ(table.folded, 0U);
}

TEST(Cells, GiveEqualOwnersOneIndex) {
  CellBuilder builder(kMaxCells);
  const CellOwner owners[] = {{std::nullopt, "a", "b"},        {std::nullopt, "ab", ""},
                              {std::nullopt, "", "ab"},        {Cause::unaccepted, "", "b"},
                              {Cause::unaccepted, "", "c"},    {Cause::orphan, "", ""},
                              {std::nullopt, "a", "b.service"}};
  std::vector<std::uint32_t> indexes;
  for (const CellOwner& owner : owners) indexes.push_back(builder.owner(owner));
  for (std::size_t i = 0; i < std::size(owners); ++i) {
    EXPECT_EQ(builder.owner(owners[i]), indexes[i]);
    EXPECT_EQ(std::ranges::count(indexes, indexes[i]), 1);
  }
  EXPECT_EQ(builder.take().owners, std::vector<CellOwner>(std::begin(owners), std::end(owners)));
}

TEST(Cells, FoldPortsBeforeOwners) {
  CellBuilder builder(kMaxCells);
  const std::uint32_t owner = builder.owner({std::nullopt, "scanner", "scan.service"});
  for (std::uint16_t port = 1; port <= 5000; ++port) builder.add(cell(owner, port), State::listen);
  const CellTable table = builder.take();
  EXPECT_LE(table.cells.size(), kMaxCells);
  for (const auto& [key, counts] : table.cells) {
    EXPECT_EQ(table.owners[key.owner].process, "scanner");
    EXPECT_EQ(key.cgroup_id, 7U);
  }
  const auto in_other = [](const CellKey& key) { return key.port == ServicePort::other(); };
  EXPECT_EQ(table.folded, sockets_in(table, in_other));
  EXPECT_GT(table.cells.size(), kMaxCells / 2) << "folds long before the limit";
}

TEST(Cells, FoldOwnersAndCgroupsWhenPortsAreNotEnough) {
  CellBuilder builder(kMaxCells);
  for (std::uint16_t i = 0; i < 5000; ++i) {
    const std::string number = std::to_string(i);
    const std::uint32_t owner = builder.owner({std::nullopt, "p" + number, number + ".service"});
    builder.add(cell(owner, i, i), State::established);
  }
  const CellTable table = builder.take();
  EXPECT_LE(table.cells.size(), kMaxCells);
  const auto is_other = [&](const CellKey& key) {
    return table.owners[key.owner] == CellOwner{std::nullopt, "other", "other"};
  };
  EXPECT_GT(sockets_in(table, is_other), 4000U);
  for (const auto& [key, counts] : table.cells) {
    if (!is_other(key)) continue;
    EXPECT_EQ(key.cgroup_id, 0U);
    EXPECT_EQ(key.port, ServicePort::other());
  }
}

TEST(Cells, KeepTheCauseOfSocketsWhoseUnitIsFolded) {
  CellBuilder builder(kMaxCells);
  const std::uint32_t orphan = builder.owner({Cause::orphan, "", ""});
  for (std::uint64_t i = 0; i < 5000; ++i) {
    builder.add(cell(orphan, static_cast<std::uint16_t>(i), i), State::fin_wait1);
  }
  const CellTable table = builder.take();
  EXPECT_LE(table.cells.size(), kMaxCells);
  for (const CellOwner& owner : table.owners) EXPECT_EQ(owner.cause, Cause::orphan);
  const auto is_folded = [&](const CellKey& key) {
    return table.owners[key.owner].unit == "other";
  };
  EXPECT_GT(sockets_in(table, is_folded), 4000U);
}

TEST(Cells, StayBelowTheLimitWithExactSums) {
  for (unsigned round = 0; round < 20; ++round) {
    RandomSockets sockets(round);
    CellBuilder builder(kMaxCells);
    std::map<Kept, std::uint64_t> sums;
    for (unsigned i = 0; i < 300 * (round + 1); ++i) sockets.add_to(builder, sums);
    const CellTable table = builder.take();
    EXPECT_LE(table.cells.size(), kMaxCells);
    EXPECT_EQ(kept_sums(table), sums);
    const auto stands_for_many = [](const CellKey& key) {
      return key.port == ServicePort::other();
    };
    EXPECT_EQ(table.folded, sockets_in(table, stands_for_many));
  }
}

TEST(Cells, StartAnewAfterEachSample) {
  CellBuilder builder(kMaxCells);
  builder.add(cell(builder.owner({std::nullopt, "old", ""}), 80), State::listen);
  builder.take();
  builder.add(cell(builder.owner({std::nullopt, "new", ""}), 80), State::listen);
  const CellTable table = builder.take();
  EXPECT_EQ(table.cells.size(), 1U);
  EXPECT_EQ(table.owners, (std::vector<CellOwner>{{std::nullopt, "new", ""}}));
}

}  // namespace
}  // namespace sockwatch
