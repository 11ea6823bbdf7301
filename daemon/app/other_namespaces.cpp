#include "app/other_namespaces.h"

#include <linux/netlink.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "app/port_range_file.h"
#include "attribution/process_facts.h"
#include "attribution/unit.h"

namespace sockwatch {
namespace {

using kernel::FoundNamespace;
using kernel::Opening;

// Descriptors: each namespace that is open has one.
constexpr std::size_t kOpenAtOnce = 64;
constexpr std::chrono::seconds kInterfacesAge{20};
constexpr std::size_t kFewestCells = 256;

}  // namespace

struct OtherNamespaces::Namespace {
  NamespaceId id = 0;
  std::uint32_t slot = 0;
  FoundNamespace found;
  std::string cgroup;
  MonotonicTime udp_since;      // the last dump of UDP servers
  MonotonicTime sockets_since;  // the last dump of everything
  MonotonicTime seen;
  std::string port_range;
  kernel::OpenedNamespace opened;  // for the visit under way
  std::shared_ptr<NamespaceCollector> collector;
};

/// The first look tells how namespaces can be read here. False: there is none but our own.
bool OtherNamespaces::look(MonotonicTime now) {
  if (!system_.open_namespaces) return false;
  if (!finder_) {
    const FoundNamespace own{0, "/proc/thread-self/ns/net", 0, "", ""};
    auto entered = std::move(system_.open_namespaces(std::span(&own, 1), Opening::sockets)[0]);
    enters_ = entered.has_value();
    own_ = entered ? entered->cookie : 0;
    finder_.emplace(system_.proc,
                    enters_ ? kernel::NamespaceSight::descriptor : kernel::NamespaceSight::tables);
  }
  if (auto found = finder_->find(now)) found_ = std::move(*found);
  return true;
}

std::vector<OtherNamespaces::Pass> OtherNamespaces::dump_listeners(const CollectorOptions& options,
                                                                   const Now& now,
                                                                   const CycleHooks& hooks) {
  std::vector<Pass> passes;
  if (!look(now.monotonic)) return passes;
  refused_ = 0;
  std::vector<Protocol> all = options.protocols;
  std::vector<Protocol> tcp;
  std::ranges::copy_if(all, std::back_inserter(tcp), [](auto p) { return p == Protocol::tcp; });
  std::chrono::nanoseconds left = hooks.namespace_time;
  visit(longest_waiting_first(&Namespace::udp_since), [&](const auto& visited) {
    // Two mounts of one namespace lead to it twice.
    if (std::exchange(visited->seen, now.monotonic) == now.monotonic) return;
    const bool udp = left > std::chrono::nanoseconds(0);
    const MonotonicTime begun = hooks.clock();
    passes.push_back(dump(visited, Scope::listeners, udp ? all : tcp, options, now, hooks));
    if (udp) visited->udp_since = now.monotonic;
    if (udp) left -= hooks.clock() - begun;
  });
  forget_all_but(now.monotonic);
  note_containers();
  return passes;
}

std::vector<OtherNamespaces::Pass> OtherNamespaces::dump_sockets(const CollectorOptions& options,
                                                                 const Now& now,
                                                                 const CycleHooks& hooks) {
  std::vector<Pass> passes;
  const MonotonicTime end = hooks.clock() + hooks.namespace_time;
  for (const FoundNamespace& found : longest_waiting_first(&Namespace::sockets_since)) {
    visit(std::span(&found, 1), [&](const auto& visited) {
      visited->sockets_since = now.monotonic;
      passes.push_back(dump(visited, Scope::everything, options.protocols, options, now, hooks));
    });
    if (hooks.clock() > end) break;
    hooks.breathe();
  }
  return passes;
}

std::vector<FoundNamespace> OtherNamespaces::longest_waiting_first(Wait since) const {
  std::map<std::uint64_t, MonotonicTime> waits;  // by inode; those that are new wait longest
  for (const auto& [id, one] : by_id_) waits[one->found.inode] = (*one).*since;
  std::vector<FoundNamespace> ordered = found_;
  std::ranges::stable_sort(ordered, {}, [&](const FoundNamespace& one) {
    const auto known = waits.find(one.inode);
    return known == waits.end() ? MonotonicTime{} : known->second;
  });
  return ordered;
}

template <typename OnNamespace>
void OtherNamespaces::visit(std::span<const FoundNamespace> wanted,
                            const OnNamespace& on_namespace) {
  while (!wanted.empty()) {
    const auto some = wanted.first(std::min(wanted.size(), kOpenAtOnce));
    wanted = wanted.subspan(some.size());
    std::vector<Result<kernel::OpenedNamespace>> opened;
    if (enters_) opened = system_.open_namespaces(some, Opening::sockets);
    for (std::size_t i = 0; i < some.size(); ++i) {
      const auto visited =
          enters_ ? enter(some[i], std::move(opened[i])) : known(some[i].inode, some[i]);
      if (!visited) continue;
      on_namespace(visited);
      visited->opened = {};
    }
  }
}

std::shared_ptr<OtherNamespaces::Namespace> OtherNamespaces::enter(
    const FoundNamespace& found, Result<kernel::OpenedNamespace>&& opened) {
  if (!opened) {
    if (opened.error().code != ENOENT) ++refused_;
    return nullptr;
  }
  helpers_cpu_time_ += opened->cpu_time;
  if (opened->cookie == own_) return nullptr;
  auto visited = known(opened->cookie, found);
  visited->opened = std::move(*opened);
  return visited;
}

/// Those that were not seen at `now` are gone.
void OtherNamespaces::forget_all_but(MonotonicTime now) {
  std::erase_if(by_id_, [&](const auto& one) {
    if (one.second->seen == now) return false;
    attribution_.owners.forget_all_of(one.second->slot);
    return true;
  });
}

void OtherNamespaces::forget_all() {
  for (const auto& [id, one] : by_id_) attribution_.owners.forget_all_of(one->slot);
  by_id_.clear();
  attribution_.proxies.forget_containers();
}

/// 0 is the host's. Those beyond the last one share it.
std::uint32_t OtherNamespaces::free_slot() const {
  std::set<std::uint32_t> taken;
  for (const auto& [id, one] : by_id_) taken.insert(one->slot);
  std::uint32_t slot = 1;
  while (slot < SampleMarks::kMaxSlot && taken.contains(slot)) ++slot;
  return slot;
}

std::shared_ptr<OtherNamespaces::Namespace> OtherNamespaces::known(NamespaceId id,
                                                                   const FoundNamespace& found) {
  const auto place = by_id_.find(id);
  const auto one = place != by_id_.end() ? place->second : new_namespace(id);
  if (one->cgroup.empty() && found.process != one->found.process) one->cgroup = cgroup_of(found);
  one->found = found;
  return one;
}

/// Whole, or none at all.
std::shared_ptr<OtherNamespaces::Namespace> OtherNamespaces::new_namespace(NamespaceId id) {
  auto one = std::make_shared<Namespace>();
  one->id = id;
  one->slot = free_slot();
  one->collector = std::make_shared<NamespaceCollector>(access(*one), attribution_);
  by_id_.emplace(id, one);
  return one;
}

/// `one` lives at least as long as its collector dumps.
NamespaceAccess OtherNamespaces::access(Namespace& one) {
  return {[this, &one](int protocol) { return open(one, protocol); },
          system_.proc,
          [this, &one] {
            return enters_ ? parse_port_range(one.port_range) : read_port_range(*system_.proc);
          },
          kInterfacesAge,
          0,
          enters_,
          one.slot};
}

/// What was opened for the visit, or, when that is used up or was not wanted before, anew: another
/// visit may have come while this one breathed.
Result<std::unique_ptr<kernel::Channel>> OtherNamespaces::open(Namespace& one, int protocol) {
  const bool interfaces = protocol == NETLINK_ROUTE;
  auto& prepared = interfaces ? one.opened.interfaces : one.opened.sockets;
  if (prepared) return std::move(prepared);
  const Opening opening = interfaces ? Opening::surroundings : Opening::sockets;
  auto opened = std::move(system_.open_namespaces(std::span(&one.found, 1), opening)[0]);
  if (!opened) return tl::unexpected(opened.error());
  helpers_cpu_time_ += opened->cpu_time;
  if (opened->cookie != one.id) return system_failure(one.found.path, ENOENT);
  if (interfaces) one.port_range = opened->port_range;
  return std::move(interfaces ? opened->interfaces : opened->sockets);
}

OtherNamespaces::Pass OtherNamespaces::dump(const std::shared_ptr<Namespace>& visited, Scope scope,
                                            const std::vector<Protocol>& protocols,
                                            const CollectorOptions& options, const Now& now,
                                            const CycleHooks& hooks) const {
  CollectorOptions its = options;
  its.max_cells =
      std::max(kFewestCells, options.max_cells / 4 / std::max<std::size_t>(1, found_.size()));
  if (!enters_) {
    its.source = Source::procfs;
    its.unix_sockets = its.packet_sockets = false;
    visited->collector->read_from(visited->found.tables);
  }
  return {visited->id, scope, visited->collector,
          visited->collector->dump(scope, protocols, its, now, hooks)};
}

std::string OtherNamespaces::cgroup_of(const FoundNamespace& found) const {
  if (found.process == 0) return "";
  return cgroup_path(
      system_.proc->read_file(std::to_string(found.process) + "/cgroup").value_or(""));
}

/// For the proxies that serve them on the host.
void OtherNamespaces::note_containers() const {
  attribution_.proxies.forget_containers();
  for (const auto& [id, one] : by_id_) {
    const std::string unit = unit_of_path(one->cgroup);
    if (!unit.starts_with("container:")) continue;
    for (const InterfaceAddress& each : one->collector->interfaces().addresses()) {
      attribution_.proxies.add_container(each.address, unit);
    }
  }
}

std::vector<NamespaceFacts> OtherNamespaces::alive() const {
  std::vector<NamespaceFacts> facts;
  for (const auto& [id, one] : by_id_) facts.push_back({id, one->found.name, one->cgroup});
  return facts;
}

std::size_t OtherNamespaces::unreadable() const {
  return refused_ + (finder_ ? finder_->unreadable() : 0);
}

}  // namespace sockwatch
