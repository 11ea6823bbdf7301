// The families without ports (unix, packet, raw) in one full cycle: dumped beside TCP and UDP, then
// waiting for the one search for processes.
// Threads: one. Lives for one cycle.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "app/packet_pass.h"
#include "app/sources.h"
#include "snapshot/family_samples.h"

namespace sockwatch {

/// What one family gave in one full cycle.
struct CollectedFamily {
  std::string_view name;               // "unix", "packet", "raw"
  std::string_view source;             // "netlink" or "procfs"; "" when neither has the family
  std::optional<FamilySample> sample;  // when its dump is complete
};

class FamilyPass {
 public:
  FamilyPass(Owners& owners, const Now& now) : owners_(owners), now_(now) {}

  void dump_unix(Sources& sources);
  /// Packet sockets and raw ones.
  void dump_packets(Sources& sources);

  /// Sockets whose owner is not known, to be searched before finish().
  void append_wanted(std::vector<Wanted>& wanted) const;
  std::vector<CollectedFamily> finish();

 private:
  struct Part {
    CollectedFamily collected;
    std::unique_ptr<PacketPass> packets;  // of a complete dump of packet or raw sockets
  };

  Owners& owners_;
  Now now_;
  std::vector<Part> parts_;
};

}  // namespace sockwatch
