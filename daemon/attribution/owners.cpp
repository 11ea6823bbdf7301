#include "attribution/owners.h"

#include <algorithm>

namespace sockwatch {
namespace {

constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::seconds kLastRetry{60};
constexpr std::chrono::seconds kLastListenerRetry{10};
constexpr std::chrono::seconds kListenerCheck{5};

template <typename Map>
auto* value_of(Map& map, const SocketKey& key) {
  const auto found = map.find(key.cookie);
  return found != map.end() ? &found->second : nullptr;
}

}  // namespace

std::optional<Owner> Owners::find(const SocketKey& key, MonotonicTime now) const {
  const Owned* owned = value_of(owned_, key);
  if (is_settled(owned)) return owned->process;
  return owner_of(owned, value_of(unowned_, key), now);
}

Seen Owners::see(const SocketKey& key, MonotonicTime now) {
  return seen_as(value_of(owned_, key), key, now);
}

void Owners::see(std::span<const SocketRecord> records, MonotonicTime now,
                 std::vector<Seen>& seen) {
  looked_up_.clear();
  for (const SocketRecord& record : records) looked_up_.push_back(value_of(owned_, record.key));
  seen.clear();
  for (std::size_t i = 0; i < records.size(); ++i) {
    seen.push_back(seen_as(looked_up_[i], records[i].key, now));
  }
}

Seen Owners::seen_as(Owned* owned, const SocketKey& key, MonotonicTime now) {
  const auto note = [&](auto* entry) {
    return std::exchange(entry->generation, generation_) == generation_ ? Sighting::again
                                                                        : Sighting::first;
  };
  if (key.inode == 0) return {};  // an orphan has the cookie that it had with its process
  if (is_settled(owned)) return {note(owned), owned->process};
  Unowned* unowned = value_of(unowned_, key);
  const auto owner = owner_of(owned, unowned, now);
  if (owned != nullptr) return {note(owned), owner};
  if (unowned != nullptr) return {note(unowned), owner};
  return {};
}

bool Owners::is_settled(const Owned* owned) const {
  return owned != nullptr && !processes_[owned->process].gone &&
         processes_[owned->process].pid != 1;
}

std::optional<Owner> Owners::owner_of(const Owned* owned, const Unowned* unowned,
                                      MonotonicTime now) const {
  if (owned != nullptr && processes_[owned->process].gone) return std::nullopt;
  if (unowned != nullptr && now >= unowned->next_search) return std::nullopt;
  if (owned != nullptr) return owned->process;
  if (unowned != nullptr) return unowned->end;
  return std::nullopt;
}

void Owners::search(const std::vector<Wanted>& wanted, MonotonicTime now) {
  std::vector<Wanted> all = wanted;
  for (const auto& [cookie, unowned] : unowned_) {
    all.push_back({{cookie, unowned.inode}, unowned.listener});
  }
  std::vector<std::uint32_t> inodes;
  inodes.reserve(all.size());
  for (const Wanted& socket : all) inodes.push_back(socket.key.inode);
  SearchResult result =
      search_owners(*proc_, inodes, max_processes_ - std::min(max_processes_, processes_.open()));
  ++searches_;
  read_errors_.add(result.errors);
  std::vector<std::optional<ProcessId>> ids(result.processes.size());
  for (const Wanted& socket : all) {
    const auto found = result.by_inode.find(socket.key.inode);
    if (found == result.by_inode.end()) {
      settle_unowned(socket, result.end, now);
      continue;
    }
    auto& id = ids[found->second.process];
    if (!id) id = processes_.add(std::move(result.processes[found->second.process]));
    settle_owned(socket, *id, found->second.descriptor, now);
  }
}

void Owners::settle_unowned(const Wanted& wanted, SearchEnd end, MonotonicTime now) {
  owned_.erase(wanted.key.cookie);
  descriptors_.erase(wanted.key.cookie);
  retry_later(wanted, end, now);
}

void Owners::settle_owned(const Wanted& wanted, ProcessId process, const std::string& descriptor,
                          MonotonicTime now) {
  const SocketKey& key = wanted.key;
  owned_[key.cookie] = {process, generation_};
  if (wanted.listener) descriptors_[key.cookie] = {key.inode, descriptor, now};
  if (processes_[process].pid == 1) {
    retry_later(wanted, SearchEnd::nobody, now);
  } else {
    unowned_.erase(key.cookie);
  }
}

void Owners::retry_later(const Wanted& wanted, SearchEnd end, MonotonicTime now) {
  const auto [found, added] = unowned_.try_emplace(wanted.key.cookie);
  Unowned& entry = found->second;
  if (added || entry.inode != wanted.key.inode) {
    entry = {wanted.key.inode, generation_, wanted.listener, end, now, std::chrono::seconds(0)};
  }
  const auto longest = wanted.listener ? kLastListenerRetry : kLastRetry;
  if (now >= entry.next_search) entry.delay = std::clamp(entry.delay * 2, kFirstRetry, longest);
  entry.end = end;
  entry.next_search = now + entry.delay;
}

void Owners::verify_listeners(MonotonicTime now) {
  erase_if(descriptors_, [&](auto& entry) {
    auto& [cookie, descriptor] = entry;
    const auto owned = owned_.find(cookie);
    if (owned == owned_.end()) return true;
    if (now - descriptor.verified < kListenerCheck) return false;
    if (still_holds(descriptor, owned->second.process)) {
      descriptor.verified = now;
      return false;
    }
    owned_.erase(owned);
    unowned_.erase(cookie);  // its turn to be searched again is now
    return true;
  });
}

bool Owners::is_watched(const SocketKey& key) const {
  return !owned_.contains(key.cookie) || descriptors_.contains(key.cookie);
}

bool Owners::still_holds(const ListenerDescriptor& descriptor, ProcessId process) const {
  const auto link = processes_[process].directory->read_link(descriptor.path);
  return link && socket_inode(*link) == descriptor.inode;
}

void Owners::forget_unseen(unsigned samples) {
  const auto unseen = [&](const auto& entry) {
    return generation_ - entry.second.generation >= samples;
  };
  erase_if(owned_, unseen);
  // A socket with both entries, held by process 1, is noted in the first alone.
  erase_if(unowned_,
           [&](const auto& entry) { return unseen(entry) && !owned_.contains(entry.first); });
  std::vector<bool> in_use(processes_.size());
  for (const auto& [cookie, owned] : owned_) in_use[owned.process] = true;
  processes_.release_unused(in_use);
}

}  // namespace sockwatch
