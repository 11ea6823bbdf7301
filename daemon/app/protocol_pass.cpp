#include "app/protocol_pass.h"

#include "attribution/unit.h"

namespace sockwatch {
namespace {

// Sockets of one cycle that are searched; the others wait for later cycles.
constexpr std::size_t kMaxWaiting = 131072;

/// Dumps double sockets of these kinds under churn: many share one hash chain.
bool needs_cookie_set(const SocketRecord& record) {
  return record.protocol == Protocol::udp || record.state == State::listen ||
         record.state == State::bound_inactive;
}

}  // namespace

CellOwner describe_owner(const Knowledge& knowledge, const Owner& owner, Protocol protocol,
                         std::uint16_t port, std::uint32_t uid, std::uint64_t cgroup_id) {
  if (const auto* id = std::get_if<ProcessId>(&owner)) {
    const Process& process = knowledge.owners.process(*id);
    return {std::nullopt, process.name, process.unit};
  }
  const std::string path = knowledge.cgroups.path(cgroup_id, knowledge.now.monotonic);
  const bool has_cgroup = !path.empty() && path != "/";
  return {cause_without_holder(std::get<SearchEnd>(owner), protocol, port, uid, has_cgroup), "",
          ""};
}

void ProtocolPass::add(const SocketRecord& record, bool is_listener) {
  fold_in(record, is_listener, knowledge_.owners.see(record, knowledge_.now.monotonic));
}

void ProtocolPass::add_all(std::span<const SocketRecord> records,
                           std::vector<SocketRecord>& late_listeners) {
  knowledge_.owners.see(records, knowledge_.now.monotonic, batch_);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const SocketRecord& record = records[i];
    if (is_double(record, batch_[i])) continue;
    const bool is_listener = record.state == State::listen;
    if (is_listener) {
      knowledge_.listeners.add(record);
      late_listeners.push_back(record);
    }
    fold_in(record, is_listener, batch_[i]);
  }
}

bool ProtocolPass::is_double(const SocketRecord& record, const Seen& seen) {
  if (needs_cookie_set(record)) return !first_sight(record);
  return seen.sighting == Sighting::again;
}

void ProtocolPass::fold_in(const SocketRecord& record, bool is_listener, const Seen& seen) {
  const Service service =
      service_of(record, is_listener, knowledge_.listeners, knowledge_.surroundings);
  CellKey cell{record.cgroup_id, 0, service.port, record.family, protocol_, service.direction};
  fold_.add_queues(record.state, record.receive_queue, record.send_queue);

  if (const auto cause = cause_without_file(record)) {
    if (*cause == Cause::unaccepted && service.listener != nullptr) {
      const SocketRecord& listener = service.listener->record;
      unaccepted_.push_back({listener.key, listener.cgroup_id, cell, record.state});
    } else {
      count(cell, record.state, cause_owner(*cause));
    }
    return;
  }
  const std::uint16_t port = serving_port(service, record.local.port);
  if (!seen.owner && waiting_.size() >= kMaxWaiting) {
    // A second row of the same socket counts again here: to tell it costs memory for each.
    count(cell, record.state, cause_owner(Cause::pending));
    knowledge_.owners.want({record.key, false, record.uid, record.cgroup_id, knowledge_.slot});
  } else if (!seen.owner) {
    const bool doubled = !needs_cookie_set(record) && !first_sight(record);
    if (!doubled) {
      waiting_.push_back({record.key, cell, record.uid, port, record.state});
    }
  } else {
    count(cell, record.state, owner_index(*seen.owner, port, record.uid, cell.cgroup_id));
  }
}

void ProtocolPass::count(CellKey& cell, State state, std::uint32_t owner) {
  cell.owner = owner;
  fold_.cells().add(cell, state);
}

std::uint32_t ProtocolPass::cause_owner(Cause cause) {
  std::uint32_t& index = owner_of_cause_[static_cast<std::size_t>(cause)];
  if (index == 0) index = fold_.cells().owner({cause, "", ""}) + 1;
  return index - 1;
}

std::uint32_t ProtocolPass::process_owner(ProcessId id) {
  if (owner_of_process_.size() <= id) owner_of_process_.resize(id + 1);
  std::uint32_t& index = owner_of_process_[id];
  if (index == 0) {
    const Process& process = knowledge_.owners.process(id);
    index = fold_.cells().owner({std::nullopt, process.name, process.unit}) + 1;
  }
  return index - 1;
}

std::uint32_t ProtocolPass::owner_index(const Owner& owner, std::uint16_t port, std::uint32_t uid,
                                        std::uint64_t cgroup_id) {
  if (const auto* process = std::get_if<ProcessId>(&owner)) return process_owner(*process);
  return cause_owner(*describe_owner(knowledge_, owner, protocol_, port, uid, cgroup_id).cause);
}

void ProtocolPass::append_wanted(std::vector<Wanted>& wanted) const {
  for (const Waiting& row : waiting_) {
    wanted.push_back({row.socket, false, row.uid, row.cell.cgroup_id});
  }
}

ProtocolSample ProtocolPass::finish() {
  for (Waiting& row : waiting_) {
    const Owner owner = knowledge_.owners.find(row.socket, knowledge_.now.monotonic)
                            .value_or(SearchEnd::unfinished);
    count(row.cell, row.state, owner_index(owner, row.port, row.uid, row.cell.cgroup_id));
  }
  for (Unaccepted& row : unaccepted_) finish_unaccepted(row);
  return fold_.finish(knowledge_.now);
}

void ProtocolPass::finish_unaccepted(Unaccepted& row) {
  CellOwner owner{Cause::unaccepted, "", ""};
  const auto holder = knowledge_.owners.find(row.listener, knowledge_.now.monotonic);
  const auto* process = holder ? std::get_if<ProcessId>(&*holder) : nullptr;
  owner.unit =
      unit_of_socket(knowledge_.cgroups.path(row.listener_cgroup, knowledge_.now.monotonic),
                     process != nullptr ? knowledge_.owners.process(*process).unit : "");
  count(row.cell, row.state, fold_.cells().owner(owner));
}

}  // namespace sockwatch
