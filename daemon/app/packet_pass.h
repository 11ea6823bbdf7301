// Packet sockets, or raw ones, in one cycle: they wait here for the search for their processes.
// Threads: one. Lives for one cycle.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <span>
#include <vector>

#include "attribution/owners.h"
#include "snapshot/family_samples.h"

namespace sockwatch {

class PacketPass {
 public:
  PacketPass(Owners& owners, MonotonicTime now) : owners_(owners), now_(now) {}

  /// Those that came before are passed over.
  void add(std::span<const PacketSocket> sockets);
  /// Sockets whose owner is not known, to be searched before finish().
  void append_wanted(std::vector<Wanted>& wanted) const;
  std::vector<PacketRow> finish() const;

 private:
  PacketKey key_of(const PacketSocket& socket) const;

  Owners& owners_;
  MonotonicTime now_;
  boost::unordered_flat_set<std::uint64_t> seen_;  // cookies
  std::vector<PacketSocket> sockets_;
};

}  // namespace sockwatch
