// From the kernel's bytes to owned counts and listeners: one collect() is one cycle.
// Threads: one. A cycle of listeners may be collected while one of everything breathes.
#pragma once

#include <memory>

#include "app/attribution.h"
#include "app/collection.h"
#include "app/namespace_collector.h"
#include "app/other_namespaces.h"
#include "kernel/system.h"

namespace sockwatch {

class Collector {
 public:
  explicit Collector(const kernel::System& system, std::size_t max_processes = 16384);

  Collection collect(Scope scope, const CollectorOptions& options, const Now& now,
                     const CycleHooks& hooks);

  std::string cgroup_path(std::uint64_t id, MonotonicTime now) {
    return attribution_->cgroups.path(id, now);
  }
  const Owners& owners() const { return attribution_->owners; }
  std::uint64_t interruptions() const { return host_.interruptions(); }
  const Interfaces& interfaces() const { return host_.interfaces(); }
  /// Of threads that helped collect().
  std::chrono::nanoseconds helpers_cpu_time() const { return others_->helpers_cpu_time(); }

 private:
  using Passes = std::vector<OtherNamespaces::Pass>;

  void begin(Scope scope, const Now& now);
  void forget(const NamespaceCollection& sampled, std::uint32_t slot);
  /// How long it took.
  std::chrono::nanoseconds attribute(Scope scope, const NamespacePass& host, const Passes& passes,
                                     const Now& now, const CycleHooks& hooks);

  std::unique_ptr<Attribution> attribution_;  // at one address: namespaces refer to it
  NamespaceCollector host_;
  std::unique_ptr<OtherNamespaces> others_;
  bool full_under_way_ = false;
};

}  // namespace sockwatch
