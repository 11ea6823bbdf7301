// One network namespace from cycle to cycle: its sources, its surroundings and the listeners that
// its connections are told by. Threads: one. dump() of listeners may be called while a dump of
// everything breathes.
#pragma once

#include <memory>
#include <vector>

#include "app/attribution.h"
#include "app/collection.h"
#include "app/family_pass.h"
#include "app/protocol_pass.h"
#include "app/sources.h"
#include "app/udp_ages.h"

namespace sockwatch {

/// The dumps of one cycle, waiting for the search for owners.
struct NamespacePass {
  struct Part {
    Collected result;
    std::vector<SocketRecord> servers;
    bool servers_complete = false;
    std::unique_ptr<ProtocolPass> fold;  // with Scope::everything
  };
  std::vector<Part> parts;
  FamilyPass families;
  std::vector<Fault> faults;
};

/// How one namespace is reached.
struct NamespaceAccess {
  kernel::OpenChannel open;
  std::shared_ptr<const kernel::Directory> proc;
  std::function<PortRange()> port_range;  // of now
  // How old interfaces may be in a sample of listeners, where there are more than so many.
  std::chrono::nanoseconds interfaces_age{};
  std::size_t few_interfaces = 0;
  bool tells_interfaces = true;  // by NETLINK_ROUTE
  std::uint32_t slot = 0;        // see Owners::begin_sample()
};

class NamespaceCollector {
 public:
  NamespaceCollector(NamespaceAccess access, Attribution& attribution)
      : access_(std::move(access)),
        sources_(access_.open, access_.proc),
        attribution_(attribution) {}

  /// `protocols`: those of options.protocols that are wanted in this cycle.
  /// See ProcfsSource::read_from().
  void read_from(std::string tables) { sources_.read_from(std::move(tables)); }
  NamespacePass dump(Scope scope, const std::vector<Protocol>& protocols,
                     const CollectorOptions& options, const Now& now, const CycleHooks& hooks);
  /// What must be searched before finish(); `urgent`: listeners, and sniffers.
  void append_wanted(const NamespacePass& pass, const Now& now, std::vector<Wanted>& urgent,
                     std::vector<Wanted>& others) const;
  NamespaceCollection finish(NamespacePass&& pass, const Now& now);

  std::uint32_t slot() const { return access_.slot; }
  std::uint64_t interruptions() const { return sources_.interruptions(); }
  const Interfaces& interfaces() const { return surroundings_.interfaces; }

 private:
  using Part = NamespacePass::Part;

  void refresh_surroundings(Scope scope, const CollectorOptions& options, MonotonicTime now);
  Part dump(Protocol protocol, Scope scope, const CollectorOptions& options, const Now& now,
            const CycleHooks& hooks);
  Dumped dump_servers(Part& part, Scope scope, const CollectorOptions& options, const Now& now);
  void end_udp_dump(std::string_view source);
  FamilyPass dump_families(Scope scope, const CollectorOptions& options, const Now& now);
  void finish(Part& part, const Now& now);
  ObservedListener observed(const SocketRecord& record, const Now& now);
  std::string proxied_unit(const Owner& owner);
  Knowledge knowledge(const Now& now) {
    return {attribution_.owners, listeners_, attribution_.cgroups,
            surroundings_,       now,        access_.slot};
  }

  NamespaceAccess access_;
  Sources sources_;
  Attribution& attribution_;
  UdpAges udp_ages_;
  std::string_view udp_source_ = "netlink";  // of the last complete dump of servers
  ListenerIndex listeners_;
  Surroundings surroundings_;
  std::optional<MonotonicTime> interfaces_read_;
};

}  // namespace sockwatch
