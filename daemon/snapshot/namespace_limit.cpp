#include "snapshot/namespace_limit.h"

#include <algorithm>
#include <map>
#include <set>

namespace sockwatch {
namespace {

using Rows = Counts<kRowsOfANamespace>;

constexpr std::size_t kRowsOfAProtocol = kFamilyNames.size() * kStates + kCauses + 2;

/// Bytes are no sockets: a queue that is not empty is a row, but hardly makes a namespace larger.
std::uint32_t row_of_bytes(std::uint64_t bytes) {
  return bytes > 0 ? 1 : 0;
}

void add_rows(Rows& rows, const ProtocolTotals& totals) {
  auto out = rows.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(totals.protocol) *
                                                        kRowsOfAProtocol);
  for (const StateCounts& counts : totals.sockets) out = std::ranges::copy(counts, out).out;
  for (const std::uint64_t count : totals.unowned) *out++ = static_cast<std::uint32_t>(count);
  *out++ = row_of_bytes(totals.receive_queued);
  *out = row_of_bytes(totals.send_queued);
}

void add_rows(Rows& rows, const UnixTotals& totals) {
  auto out = rows.begin() + static_cast<std::ptrdiff_t>(kProtocols.size() * kRowsOfAProtocol);
  for (const auto& states : totals.counts) {
    for (const std::uint64_t count : states) *out++ = static_cast<std::uint32_t>(count);
  }
}

std::vector<Entity<NamespaceKey, kRowsOfANamespace>> entities(const Snapshot& snapshot) {
  std::map<NamespaceKey, Rows> rows;
  const auto collect = [&](const auto& list) {
    for (const auto& totals : list) {
      if (totals.netns != kOwnNamespace) add_rows(rows[{totals.netns}], totals);
    }
  };
  collect(snapshot.totals);
  collect(snapshot.unix_totals);
  std::vector<Entity<NamespaceKey, kRowsOfANamespace>> list;
  list.reserve(rows.size());
  for (const auto& [key, counts] : rows) list.push_back({key, counts});
  return list;
}

template <typename Numbers>
std::uint64_t nonzero(const Numbers& numbers) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(numbers, [](auto number) { return number > 0; }));
}

void count_rows(NamespaceRows& folded, const ProtocolTotals& totals) {
  for (const StateCounts& counts : totals.sockets) folded.sockets += nonzero(counts);
  folded.unowned_sockets += nonzero(totals.unowned);
  folded.queued_bytes += row_of_bytes(totals.receive_queued) + row_of_bytes(totals.send_queued);
}

void count_rows(NamespaceRows& folded, const UnixTotals& totals) {
  for (const auto& states : totals.counts) folded.unix_sockets += nonzero(states);
}

void join(ProtocolTotals& sum, const ProtocolTotals& totals) {
  for (std::size_t family = 0; family < totals.sockets.size(); ++family) {
    add(sum.sockets[family], totals.sockets[family]);
  }
  for (std::size_t cause = 0; cause < kCauses; ++cause) sum.unowned[cause] += totals.unowned[cause];
  sum.receive_queued += totals.receive_queued;
  sum.send_queued += totals.send_queued;
}

void join(UnixTotals& sum, const UnixTotals& totals) {
  add(sum.counts, totals.counts);
}

auto key_of(const ProtocolTotals& totals) {
  return std::pair(totals.netns, totals.protocol);
}

auto key_of(const UnixTotals& totals) {
  return totals.netns;
}

template <typename Totals>
void fold(std::vector<Totals>& list, const std::set<NamespaceIndex>& shown, NamespaceRows& folded) {
  std::map<decltype(key_of(Totals{})), Totals> sums;
  for (Totals& totals : list) {
    if (!shown.contains(totals.netns)) {
      count_rows(folded, totals);
      totals.netns = kOtherNamespace;
    }
    const auto [sum, is_new] = sums.try_emplace(key_of(totals), totals);
    if (!is_new) join(sum->second, totals);
  }
  list.clear();
  for (const auto& [key, sum] : sums) list.push_back(sum);
}

}  // namespace

void NamespaceLimit::apply(Snapshot& snapshot, std::size_t limit) {
  std::set<NamespaceIndex> shown{kOwnNamespace, kOtherNamespace};
  for (const auto& entity : budget_.fold(entities(snapshot), limit).shown) {
    shown.insert(entity.key.netns);
  }
  fold(snapshot.totals, shown, snapshot.namespace_series_folded);
  fold(snapshot.unix_totals, shown, snapshot.namespace_series_folded);
}

}  // namespace sockwatch
