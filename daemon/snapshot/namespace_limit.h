// Keeps the metrics that have a few rows for each namespace (sockets, unowned_sockets,
// queued_bytes, unix_sockets) within a number of rows: whole namespaces are summed as `other`, the
// smallest first. The host's rows are always shown. Threads: one.
#pragma once

#include "snapshot/snapshot.h"

namespace sockwatch {

struct NamespaceKey {
  NamespaceIndex netns = kOwnNamespace;

  auto operator<=>(const NamespaceKey&) const = default;
  NamespaceKey folded() const { return {sockwatch::folded(netns)}; }
};

/// What a namespace has in all rows of these metrics.
inline constexpr std::size_t kRowsOfANamespace =
    kProtocols.size() * (kFamilyNames.size() * kStates + kCauses + 2) +
    kUnixTypeNames.size() * kUnixStateNames.size();

class NamespaceLimit {
 public:
  /// Folds totals and unix_totals of a snapshot that has all its samples. `limit`: rows of all four
  /// metrics together, without the host's.
  void apply(Snapshot& snapshot, std::size_t limit);

  /// As in Budget.
  template <typename NowAt>
  void renumber(const NowAt& now_at) {
    budget_.renumber(now_at);
  }

 private:
  Budget<NamespaceKey, kRowsOfANamespace> budget_;
};

}  // namespace sockwatch
