// Samples of TCP and UDP made by hand, and what a scrape shows of them.
#pragma once

#include <memory>
#include <utility>

#include "metrics/render.h"
#include "snapshot/protocol_sample.h"
#include "snapshot/snapshot.h"
#include "support/exposition.h"

namespace sockwatch::test {

inline CellKey cell(Protocol protocol, Direction direction, ServicePort port,
                    std::uint64_t cgroup = 0) {
  CellKey key;
  key.protocol = protocol;
  key.direction = direction;
  key.port = port;
  key.cgroup_id = cgroup;
  return key;
}

/// One protocol's sockets in one network namespace, added one by one.
class Sample {
 public:
  explicit Sample(Protocol protocol, std::size_t max_cells = 65536)
      : protocol_(protocol), fold_(protocol, max_cells) {}

  Sample& add(CellKey key, const CellOwner& owner, State state) {
    key.protocol = protocol_;
    key.owner = fold_.cells().owner(owner);
    fold_.cells().add(key, state);
    return *this;
  }
  ProtocolSample finish(NamespaceIndex netns = kOwnNamespace) {
    ProtocolSample sample = fold_.finish({});
    sample.netns = netns;
    return sample;
  }

 private:
  Protocol protocol_;
  Fold fold_;
};

inline Exposition exported(const Snapshot& snapshot) {
  Report report;
  report.sockets = std::make_shared<Snapshot>(snapshot);
  const LiveCounters live;
  return Exposition(metrics::to_families(report, live));
}

}  // namespace sockwatch::test
