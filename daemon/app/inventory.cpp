#include "app/inventory.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <tuple>

#include "app/clocks.h"
#include "app/port_range_file.h"
#include "app/protocol_pass.h"
#include "app/sources.h"
#include "attribution/unit.h"
#include "attribution/users.h"
#include "support/text.h"

namespace sockwatch {
namespace {

constexpr std::size_t kMaxPathBytes = 4096;

class InventoryTaker {
 public:
  explicit InventoryTaker(const kernel::System& system)
      : sources_(system.netlink, system.proc),
        owners_(system.proc),
        cgroups_(system.proc),
        users_(system.etc),
        now_(read_clocks()) {
    surroundings_.ephemeral = read_port_range(*system.proc);
    users_.refresh();
  }

  Inventory take() {
    Inventory inventory;
    sources_.begin_cycle(Source::automatic, now_.monotonic);
    if (auto interfaces = sources_.interfaces()) surroundings_.interfaces = std::move(*interfaces);
    listeners_.begin_sample();
    for (const Protocol protocol : kProtocols) {
      const auto before = rows_.size();
      if (const auto dumped = dump(protocol); !dumped) {
        rows_.resize(before);  // a part of the sockets would read like all of them
        inventory.errors.push_back(dumped.error());
      }
    }
    std::vector<Wanted> wanted;
    for (const InventoryRow& row : rows_) {
      const SocketRecord& socket = row.record;
      if (cause_without_file(socket)) continue;
      wanted.push_back({socket.key, false, socket.uid, socket.cgroup_id});
    }
    owners_.search(
        wanted, [] { return false; }, now_.monotonic);
    for (InventoryRow& row : rows_) describe(row);
    std::ranges::sort(rows_, {}, [](const InventoryRow& row) {
      return std::tuple(row.record.protocol, !row.listener, row.record.local.port,
                        row.record.local.address, row.record.remote, row.record.key.cookie);
    });
    inventory.not_visible = static_cast<std::size_t>(std::ranges::count_if(
        rows_, [](const InventoryRow& row) { return row.cause == Cause::unreadable; }));
    inventory.rows = std::move(rows_);
    return inventory;
  }

 private:
  Dumped dump(Protocol protocol) {
    auto servers = sources_.dump_servers(protocol, [this](auto records) { add(records, true); });
    if (!servers) return servers;
    return sources_.dump_all(protocol, [this](auto records) { add(records, false); });
  }

  void add(std::span<const SocketRecord> records, bool servers) {
    for (const SocketRecord& record : records) {
      if (!seen_.insert(record.key.cookie).second) continue;
      const bool listener = record.state == State::listen || (servers && !has_peer(record));
      if (listener) listeners_.add(record);
      rows_.push_back({});
      rows_.back().record = record;
      rows_.back().listener = listener;
    }
  }

  void describe(InventoryRow& row) {
    const SocketRecord& record = row.record;
    const Service service = service_of(record, row.listener, listeners_, surroundings_);
    const std::string path = cgroups_.path(record.cgroup_id, now_.monotonic);
    row.direction = service.direction;
    row.service_port = service.port;
    row.interface = surroundings_.interfaces.name(record.interface);
    row.exposure = exposure_of(record, surroundings_.interfaces);
    row.cgroup = printable(path, kMaxPathBytes);
    row.cause = cause_without_file(record);
    // The kernel tells 0 for both, whoever they are of.
    const bool no_uid = row.cause == Cause::time_wait || row.cause == Cause::syn_recv;
    row.user = no_uid ? "" : users_.name(record.uid);
    if (!row.cause) describe_owner_of(row, serving_port(service, record.local.port));
    const bool in_queue = row.cause == Cause::unaccepted && service.listener != nullptr;
    row.unit = unit_of_socket(path, in_queue ? unit_of_holder(service.listener->record) : row.unit);
  }

  void describe_owner_of(InventoryRow& row, std::uint16_t port) {
    const SocketRecord& record = row.record;
    const Knowledge knowledge{owners_, listeners_, cgroups_, surroundings_, now_};
    const Owner owner = owners_.find(record.key, now_.monotonic).value_or(SearchEnd::unfinished);
    const CellOwner described =
        describe_owner(knowledge, owner, record.protocol, port, record.uid, record.cgroup_id);
    row.cause = described.cause;
    row.process = described.process;
    row.unit = described.unit;
    if (const auto* id = std::get_if<ProcessId>(&owner)) row.pid = owners_.process(*id).pid;
  }

  std::string unit_of_holder(const SocketRecord& listener) const {
    const auto owner = owners_.find(listener.key, now_.monotonic);
    const auto* id = owner ? std::get_if<ProcessId>(&*owner) : nullptr;
    return id != nullptr ? owners_.process(*id).unit : "";
  }

  Sources sources_;
  Owners owners_;
  Cgroups cgroups_;
  Users users_;
  Now now_;
  Surroundings surroundings_;
  ListenerIndex listeners_;
  boost::unordered_flat_set<std::uint64_t> seen_;
  std::vector<InventoryRow> rows_;
};

}  // namespace

Inventory take_inventory(const kernel::System& system) {
  return InventoryTaker(system).take();
}

}  // namespace sockwatch
