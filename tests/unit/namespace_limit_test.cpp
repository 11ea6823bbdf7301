#include "snapshot/namespace_limit.h"

#include <gtest/gtest.h>

#include <random>

namespace sockwatch {
namespace {

/// Names of `count` namespaces beside the host and `other`.
Snapshot snapshot_of(std::size_t count) {
  Snapshot snapshot;
  for (std::size_t i = 0; i < count; ++i) snapshot.namespaces.push_back("n" + std::to_string(i));
  return snapshot;
}

ProtocolTotals totals(NamespaceIndex netns, std::uint32_t established,
                      Protocol protocol = Protocol::tcp) {
  ProtocolTotals made;
  made.netns = netns;
  made.protocol = protocol;
  made.sockets[0][static_cast<std::size_t>(State::established)] = established;
  return made;
}

std::vector<NamespaceIndex> shown(const Snapshot& snapshot) {
  std::vector<NamespaceIndex> list;
  for (const ProtocolTotals& row : snapshot.totals) list.push_back(row.netns);
  return list;
}

TEST(NamespaceLimit, ShowsEverythingThatFits) {
  Snapshot snapshot = snapshot_of(2);
  snapshot.totals = {totals(0, 1), totals(2, 5), totals(3, 6)};
  NamespaceLimit().apply(snapshot, 2);
  EXPECT_EQ(shown(snapshot), (std::vector<NamespaceIndex>{0, 2, 3}));
  EXPECT_EQ(snapshot.namespace_series_folded.sockets, 0U);
}

TEST(NamespaceLimit, FoldsTheSmallestNamespaceFirstButNeverTheHost) {
  Snapshot snapshot = snapshot_of(4);
  snapshot.totals = {totals(0, 1), totals(2, 5), totals(3, 9), totals(4, 7), totals(5, 3)};
  NamespaceLimit().apply(snapshot, 3);
  EXPECT_EQ(shown(snapshot), (std::vector<NamespaceIndex>{0, 1, 3, 4}));
  EXPECT_EQ(snapshot.totals[1].sockets[0][0], 8U);
  EXPECT_EQ(snapshot.namespace_series_folded.sockets, 2U);
}

TEST(NamespaceLimit, JoinsThoseThatHadNoNameBefore) {
  Snapshot snapshot = snapshot_of(2);
  snapshot.totals = {totals(1, 100), totals(2, 5), totals(3, 9)};
  NamespaceLimit().apply(snapshot, 2);
  EXPECT_EQ(shown(snapshot), (std::vector<NamespaceIndex>{1, 3}));
  EXPECT_EQ(snapshot.totals[0].sockets[0][0], 105U);
  EXPECT_EQ(snapshot.namespace_series_folded.sockets, 1U);
}

TEST(NamespaceLimit, FoldsAllMetricsOfANamespaceTogether) {
  Snapshot snapshot = snapshot_of(3);
  ProtocolTotals small = totals(2, 1);
  small.unowned[0] = 1;
  small.receive_queued = 1'000'000;
  small.send_queued = 1;
  ProtocolTotals small_udp = totals(2, 1, Protocol::udp);
  small_udp.receive_queued = 24;
  snapshot.totals = {small, small_udp, totals(3, 100), totals(4, 2)};
  snapshot.unix_totals = {{2, {{{4, 0, 2}}}}, {3, {{{1, 0, 0}}}}};
  NamespaceLimit().apply(snapshot, 10);
  EXPECT_EQ(shown(snapshot), (std::vector<NamespaceIndex>{1, 1, 3}));
  EXPECT_EQ(snapshot.totals[0].sockets[0][0], 3U);
  EXPECT_EQ(snapshot.totals[0].receive_queued, 1'000'000U);
  ASSERT_EQ(snapshot.unix_totals.size(), 2U);
  EXPECT_EQ(snapshot.unix_totals[0].netns, kOtherNamespace);
  EXPECT_EQ(snapshot.unix_totals[0].counts[0][2], 2U);
  const NamespaceRows& folded = snapshot.namespace_series_folded;
  EXPECT_EQ(folded.sockets, 3U);
  EXPECT_EQ(folded.unowned_sockets, 1U);
  EXPECT_EQ(folded.queued_bytes, 3U);
  EXPECT_EQ(folded.unix_sockets, 2U);
}

TEST(NamespaceLimit, KeepsANamespaceShownForTenMoreSamples) {
  NamespaceLimit limit;
  const auto next = [&](std::uint32_t second) {
    Snapshot snapshot = snapshot_of(3);
    snapshot.totals = {totals(2, 10), totals(3, second), totals(4, 1)};
    limit.apply(snapshot, 2);
    return shown(snapshot);
  };
  EXPECT_EQ(next(9), (std::vector<NamespaceIndex>{1, 2}));
  for (int sample = 1; sample <= 10; ++sample) {
    EXPECT_EQ(next(99), (std::vector<NamespaceIndex>{1, 2})) << sample;
  }
  EXPECT_EQ(next(99), (std::vector<NamespaceIndex>{1, 3}));
}

std::size_t rows_beside_the_host(const Snapshot& snapshot) {
  std::size_t rows = 0;
  const auto count = [&](const auto& numbers) {
    for (const auto number : numbers) rows += number > 0 ? 1 : 0;
  };
  for (const ProtocolTotals& row : snapshot.totals) {
    if (row.netns == kOwnNamespace) continue;
    for (const StateCounts& counts : row.sockets) count(counts);
    count(row.unowned);
    count(std::array{row.receive_queued, row.send_queued});
  }
  for (const UnixTotals& row : snapshot.unix_totals) {
    if (row.netns == kOwnNamespace) continue;
    for (const auto& counts : row.counts) count(counts);
  }
  return rows;
}

/// All sockets and bytes, of the host and of the others.
std::array<std::uint64_t, 2> sums(const Snapshot& snapshot) {
  std::array<std::uint64_t, 2> sums{};
  for (const ProtocolTotals& row : snapshot.totals) {
    std::uint64_t& sum = sums[row.netns == kOwnNamespace ? 0 : 1];
    for (const StateCounts& counts : row.sockets) sum += total(counts);
    for (const std::uint64_t count : row.unowned) sum += count;
    sum += row.receive_queued + row.send_queued;
  }
  for (const UnixTotals& row : snapshot.unix_totals) {
    for (const auto& counts : row.counts) {
      for (const std::uint64_t count : counts) sums[row.netns == kOwnNamespace ? 0 : 1] += count;
    }
  }
  return sums;
}

Snapshot random_snapshot(std::mt19937& random) {
  Snapshot snapshot = snapshot_of(random() % 60);
  const auto some = [&] { return random() % 4 == 0 ? random() % 50 : 0U; };
  for (NamespaceIndex netns = 0; netns < snapshot.namespaces.size(); ++netns) {
    for (const Protocol protocol : kProtocols) {
      ProtocolTotals row = totals(netns, static_cast<std::uint32_t>(some()), protocol);
      for (std::uint32_t& count : row.sockets[1]) count = static_cast<std::uint32_t>(some());
      for (std::uint64_t& count : row.unowned) count = some();
      row.send_queued = some() * 1000;
      snapshot.totals.push_back(row);
    }
    snapshot.unix_totals.push_back({netns, {{{some(), some(), some()}, {some(), 0, 0}}}});
  }
  return snapshot;
}

TEST(NamespaceLimit, NeverExceedsItsLimitOrLosesASocket) {
  std::mt19937 random(1);
  NamespaceLimit limit;
  for (int round = 0; round < 300; ++round) {
    Snapshot snapshot = random_snapshot(random);
    const auto before = sums(snapshot);
    const std::size_t rows = kRowsOfANamespace + random() % 400;
    limit.apply(snapshot, rows);
    EXPECT_LE(rows_beside_the_host(snapshot), rows);
    EXPECT_EQ(sums(snapshot), before);
  }
}

}  // namespace
}  // namespace sockwatch
