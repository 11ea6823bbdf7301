// One protocol in one cycle: its dump streams through here. Records of known owner are folded at
// once; the others wait, as small entries, for one search of /proc for all protocols together.
// Threads: one. Lives for one cycle.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <span>
#include <vector>

#include "attribution/cgroups.h"
#include "attribution/owners.h"
#include "snapshot/protocol_sample.h"
#include "sockets/direction.h"

namespace sockwatch {

/// What attribution and direction are decided by, owned by the collector.
struct Knowledge {
  Owners& owners;
  ListenerIndex& listeners;
  Cgroups& cgroups;
  const Surroundings& surroundings;
  Now now;
  std::uint32_t slot = 0;  // of the namespace, see Owners::begin_sample()
};

/// The owner of a socket as its cell and its listener row show it.
CellOwner describe_owner(const Knowledge& knowledge, const Owner& owner, Protocol protocol,
                         std::uint16_t port, std::uint32_t uid, std::uint64_t cgroup_id);

class ProtocolPass {
 public:
  ProtocolPass(Protocol protocol, std::size_t max_cells, Knowledge knowledge)
      : protocol_(protocol), knowledge_(knowledge), fold_(protocol, max_cells) {}

  /// A socket of the servers' dump; false when the dump had it already.
  bool first_sight(const SocketRecord& record) { return seen_.insert(record.key.cookie).second; }
  void add(const SocketRecord& record, bool is_listener);
  /// Records of the dump of everything; those seen before are passed over. A TCP listener that was
  /// not in the servers' dump comes back in `late_listeners`.
  void add_all(std::span<const SocketRecord> records, std::vector<SocketRecord>& late_listeners);

  /// Sockets whose owner find() does not know, to be searched before finish().
  void append_wanted(std::vector<Wanted>& wanted) const;
  ProtocolSample finish();

 private:
  struct Waiting {
    SocketKey socket;
    CellKey cell;
    std::uint32_t uid = 0;
    std::uint16_t port = 0;  // serving_port()
    State state = State::established;
  };
  struct Unaccepted {
    SocketKey listener;
    std::uint64_t listener_cgroup = 0;
    CellKey cell;
    State state = State::established;
  };

  bool is_double(const SocketRecord& record, const Seen& seen);
  void fold_in(const SocketRecord& record, bool is_listener, const Seen& seen);
  /// Adds a socket to the cell of this owner.
  void count(CellKey& cell, State state, std::uint32_t owner);
  std::uint32_t process_owner(ProcessId process);
  std::uint32_t cause_owner(Cause cause);
  std::uint32_t owner_index(const Owner& owner, std::uint16_t port, std::uint32_t uid,
                            std::uint64_t cgroup_id);
  void finish_unaccepted(Unaccepted& row);

  Protocol protocol_;
  Knowledge knowledge_;
  Fold fold_;
  boost::unordered_flat_set<std::uint64_t> seen_;        // cookies, where doubles can come
  std::vector<std::uint32_t> owner_of_process_;          // by ProcessId; owner index + 1, 0 not yet
  std::array<std::uint32_t, kCauses> owner_of_cause_{};  // likewise
  std::vector<Seen> batch_;                              // of the records in add_all()
  std::vector<Waiting> waiting_;
  std::vector<Unaccepted> unaccepted_;
};

}  // namespace sockwatch
