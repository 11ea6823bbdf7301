// From the kernel's bytes to owned counts and listeners: one collect() is one cycle.
// Threads: one.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "app/family_pass.h"
#include "app/protocol_pass.h"
#include "app/sources.h"
#include "app/udp_ages.h"
#include "attribution/users.h"
#include "kernel/system.h"
#include "report/report.h"
#include "snapshot/listeners.h"

namespace sockwatch {

struct CollectorOptions {
  Source source = Source::automatic;
  std::vector<Protocol> protocols = {Protocol::tcp, Protocol::udp};
  bool unix_sockets = true;
  bool packet_sockets = true;                // and raw ones
  std::vector<std::uint16_t> service_ports;  // sorted
  std::chrono::nanoseconds udp_listener_age = std::chrono::seconds(10);
  std::size_t max_cells = 65536;  // of all protocols together
};

enum class Scope { listeners, everything };

/// What one protocol gave in one cycle.
struct Collected {
  Protocol protocol = Protocol::tcp;
  std::string_view source;                                 // "netlink" or "procfs"
  std::optional<std::vector<ObservedListener>> listeners;  // when their dump is complete
  std::optional<ProtocolSample> sockets;  // with Scope::everything, when all dumps are complete
};

/// What one cycle gave.
struct Collection {
  std::vector<Collected> protocols;
  std::vector<CollectedFamily> families;  // with Scope::everything
  std::vector<Fault> faults;              // each dump that failed
};

/// Tells that a stage begins; the one before it ends.
using OnStage = std::function<void(Stage)>;

class Collector {
 public:
  explicit Collector(kernel::System system, std::size_t max_processes = 16384)
      : system_(std::move(system)),
        sources_(system_.netlink, system_.proc),
        owners_(system_.proc, max_processes),
        cgroups_(system_.proc),
        users_(system_.etc) {}

  Collection collect(Scope scope, const CollectorOptions& options, const Now& now,
                     const OnStage& on_stage);

  std::string cgroup_path(std::uint64_t id, MonotonicTime now) { return cgroups_.path(id, now); }
  const Owners& owners() const { return owners_; }
  std::uint64_t interruptions() const { return sources_.interruptions(); }
  const Interfaces& interfaces() const { return surroundings_.interfaces; }

 private:
  struct Pass {
    Collected result;
    std::vector<SocketRecord> servers;
    bool servers_complete = false;
    std::unique_ptr<ProtocolPass> fold;  // with Scope::everything
  };

  void refresh_surroundings(const CollectorOptions& options);
  Pass dump(Protocol protocol, Scope scope, const CollectorOptions& options, const Now& now);
  Dumped dump_servers(Pass& pass, Scope scope, const CollectorOptions& options, const Now& now);
  void end_udp_dump(std::string_view source);
  FamilyPass dump_families(Scope scope, const CollectorOptions& options, const Now& now);
  void attribute(const std::vector<Pass>& passes, const FamilyPass& families, const Now& now);
  void finish(Pass& pass, const Now& now);
  ObservedListener observed(const SocketRecord& record, const Now& now);
  Knowledge knowledge(const Now& now) {
    return {owners_, listeners_, cgroups_, surroundings_, now};
  }

  kernel::System system_;
  Sources sources_;
  Owners owners_;
  Cgroups cgroups_;
  Users users_;
  UdpAges udp_ages_;
  std::string_view udp_source_ = "netlink";  // of the last complete dump of servers
  ListenerIndex listeners_;
  Surroundings surroundings_;
};

}  // namespace sockwatch
