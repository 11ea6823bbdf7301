#include "app/collector.h"

#include <algorithm>
#include <iterator>

#include "app/port_range_file.h"

namespace sockwatch {
namespace {

// Full samples for which the owners of sockets that are not seen are kept when a dump failed. Not
// for ever: one protocol may fail for good while the sockets of the other come and go.
constexpr unsigned kPatience = 4;
// A host with hundreds of containers has as many devices: not in every sample of listeners.
constexpr std::chrono::seconds kInterfacesAge{5};
constexpr std::size_t kFewInterfaces = 64;

/// Whether a full sample had every socket that has an owner.
bool is_complete(const NamespaceCollection& collection) {
  const auto failed = [](const CollectedFamily& family) {
    return !family.source.empty() && !family.sample;
  };
  return std::ranges::all_of(collection.protocols,
                             [](const Collected& part) { return part.sockets.has_value(); }) &&
         std::ranges::none_of(collection.families, failed);
}

/// Sets a flag for as long as it lives.
class Raised {
 public:
  Raised(bool& flag, bool value) : flag_(flag), before_(flag) { flag = flag || value; }
  ~Raised() { flag_ = before_; }
  Raised(const Raised&) = delete;
  Raised& operator=(const Raised&) = delete;

 private:
  bool& flag_;
  bool before_;
};

}  // namespace

Collector::Collector(const kernel::System& system, std::size_t max_processes)
    : attribution_(std::make_unique<Attribution>(system, max_processes)),
      host_({system.netlink, system.proc, [proc = system.proc] { return read_port_range(*proc); },
             kInterfacesAge, kFewInterfaces, true},
            *attribution_),
      others_(std::make_unique<OtherNamespaces>(system, *attribution_)) {}

Collection Collector::collect(Scope scope, const CollectorOptions& options, const Now& now,
                              const CycleHooks& hooks) {
  const Raised under_way(full_under_way_, scope == Scope::everything);
  hooks.on_stage(Stage::attribute);
  begin(scope, now);
  hooks.on_stage(Stage::dump);
  Passes others;
  if (options.all_namespaces) {
    others = others_->dump_listeners(options, now, hooks);
  } else {
    others_->forget_all();
  }
  NamespacePass host = host_.dump(scope, options.protocols, options, now, hooks);
  if (options.all_namespaces && scope == Scope::everything) {
    std::ranges::move(others_->dump_sockets(options, now, hooks), std::back_inserter(others));
  }
  hooks.on_stage(Stage::attribute);
  Collection collection;
  collection.searched = attribute(scope, host, others, now, hooks);
  collection.host = host_.finish(std::move(host), now);
  if (scope == Scope::everything) forget(collection.host, 0);
  for (OtherNamespaces::Pass& pass : others) {
    NamespaceCollection one = pass.collector->finish(std::move(pass.dumped), now);
    if (pass.scope == Scope::everything) forget(one, pass.collector->slot());
    one.id = pass.id;
    one.scope = pass.scope;
    collection.others.push_back(std::move(one));
  }
  if (options.all_namespaces) {
    collection.alive = others_->alive();
    collection.unreadable = others_->unreadable();
  }
  return collection;
}

/// Owners of sockets that a full sample of their namespace has not seen.
void Collector::forget(const NamespaceCollection& sampled, std::uint32_t slot) {
  attribution_->owners.forget_unseen(is_complete(sampled) ? 1 : kPatience, slot);
}

void Collector::begin(Scope scope, const Now& now) {
  attribution_->users.refresh();
  if (scope == Scope::everything) {
    attribution_->owners.revalidate_processes(now.monotonic);
  }
  attribution_->owners.verify_listeners(now.monotonic);
}

/// Listeners and sniffers first. The search for the others goes on from cycle to cycle, but not in
/// a sample of listeners inside a full one, whose dump has seen only a part of the sockets.
std::chrono::nanoseconds Collector::attribute(Scope scope, const NamespacePass& host,
                                              const Passes& passes, const Now& now,
                                              const CycleHooks& hooks) {
  Owners& owners = attribution_->owners;
  std::vector<Wanted> urgent;
  std::vector<Wanted> others;
  host_.append_wanted(host, now, urgent, others);
  for (const OtherNamespaces::Pass& pass : passes) {
    pass.collector->append_wanted(pass.dumped, now, urgent, others);
  }
  MonotonicTime begun = hooks.clock();
  const auto spent = [&] { return hooks.clock() - begun; };
  owners.search_urgent(
      urgent, [&] { return spent() > hooks.urgent_time; }, now.monotonic);
  std::chrono::nanoseconds searched = spent();
  if (scope == Scope::listeners && full_under_way_) return searched;

  std::chrono::nanoseconds left = hooks.search_time;
  while (true) {
    begun = hooks.clock();
    owners.search(
        others, [&] { return hooks.is_awaited() || spent() > left; }, now.monotonic);
    others.clear();
    left -= spent();
    searched += spent();
    if (owners.backlog() == 0 || !hooks.is_awaited() || left <= left.zero()) return searched;
    hooks.breathe();
  }
}

}  // namespace sockwatch
