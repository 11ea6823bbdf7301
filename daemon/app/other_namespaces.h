// The network namespaces beside our own: which there are, whose turn it is, and what is kept of
// each from cycle to cycle. Nothing is held between two cycles that keeps a namespace alive.
// Threads: one. dump_listeners() may be called while dump_sockets() breathes.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "app/attribution.h"
#include "app/collection.h"
#include "app/namespace_collector.h"
#include "app/namespace_names.h"
#include "kernel/namespace_finder.h"
#include "kernel/system.h"

namespace sockwatch {

class OtherNamespaces {
 public:
  /// The dumps of one namespace in one cycle, waiting for the search for owners.
  struct Pass {
    NamespaceId id = 0;
    Scope scope = Scope::listeners;
    std::shared_ptr<NamespaceCollector> collector;
    NamespacePass dumped;
  };

  OtherNamespaces(const kernel::System& system, Attribution& attribution)
      : system_(system), attribution_(attribution) {}

  /// Listeners: TCP of all; UDP of those that waited longest, for hooks.namespace_time.
  std::vector<Pass> dump_listeners(const CollectorOptions& options, const Now& now,
                                   const CycleHooks& hooks);
  /// Everything of those that waited longest, for hooks.namespace_time; of one at least.
  std::vector<Pass> dump_sockets(const CollectorOptions& options, const Now& now,
                                 const CycleHooks& hooks);

  /// They are not sampled any more.
  void forget_all();

  /// Those that were there in the last sample of listeners.
  std::vector<NamespaceFacts> alive() const;
  /// Those that could not be read, and processes whose namespace is hidden from us.
  std::size_t unreadable() const;
  /// What all visits together took of other threads than the caller's.
  std::chrono::nanoseconds helpers_cpu_time() const { return helpers_cpu_time_; }

 private:
  struct Namespace;
  using Wait = MonotonicTime Namespace::*;  // since when a namespace waits for its turn

  bool look(MonotonicTime now);
  std::vector<kernel::FoundNamespace> longest_waiting_first(Wait since) const;
  /// Opens `wanted`, a few at a time; those that are gone or closed to us are left out.
  template <typename OnNamespace>
  void visit(std::span<const kernel::FoundNamespace> wanted, const OnNamespace& on_namespace);
  std::shared_ptr<Namespace> enter(const kernel::FoundNamespace& found,
                                   Result<kernel::OpenedNamespace>&& opened);
  std::shared_ptr<Namespace> known(NamespaceId id, const kernel::FoundNamespace& found);
  std::shared_ptr<Namespace> new_namespace(NamespaceId id);
  void forget_all_but(MonotonicTime now);
  std::uint32_t free_slot() const;
  NamespaceAccess access(Namespace& one);
  Result<std::unique_ptr<kernel::Channel>> open(Namespace& one, int protocol);
  Pass dump(const std::shared_ptr<Namespace>& visited, Scope scope,
            const std::vector<Protocol>& protocols, const CollectorOptions& options, const Now& now,
            const CycleHooks& hooks) const;
  std::string cgroup_of(const kernel::FoundNamespace& found) const;
  void note_containers() const;

  kernel::System system_;
  Attribution& attribution_;
  std::optional<kernel::NamespaceFinder> finder_;  // from the first cycle on
  bool enters_ = false;                            // by setns; else through /proc/PID/net
  NamespaceId own_ = 0;
  std::vector<kernel::FoundNamespace> found_;
  std::map<NamespaceId, std::shared_ptr<Namespace>> by_id_;
  std::size_t refused_ = 0;  // in the last sample of listeners
  std::chrono::nanoseconds helpers_cpu_time_{};
};

}  // namespace sockwatch
