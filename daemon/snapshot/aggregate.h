// Cells → Snapshot: sums per metric, then the budget. Pure but for the budgets' memory.
// Threads: one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "snapshot/namespace_limit.h"
#include "snapshot/snapshot.h"

namespace sockwatch {

/// The path of a cgroup id, "" when it is not known.
using CgroupPath = std::function<std::string(std::uint64_t)>;

class Aggregator {
 public:
  /// `samples`: the last good one of each protocol that has one, of each network namespace.
  /// `names`: those of the namespaces, kFirstNamespaces before others. `row_limit`: per metric.
  Snapshot aggregate(const std::vector<const ProtocolSample*>& samples,
                     const std::vector<std::string>& names, const CgroupPath& path,
                     std::size_t row_limit);
  /// The second half: adds the last good sample of each family without ports that has one, and
  /// folds what is limited by whole namespaces.
  void add_families(Snapshot& snapshot, const std::vector<const FamilySample*>& samples,
                    std::size_t row_limit);

 private:
  void follow(const std::vector<std::string>& names);

  Budget<PortKey> ports_;
  Budget<ProcessKey> processes_;
  Budget<UnitKey> units_;
  Budget<PacketKey, 1> packets_;
  NamespaceLimit namespaces_;
  std::vector<std::string> names_ = kFirstNamespaces;
};

}  // namespace sockwatch
