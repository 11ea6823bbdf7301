#include "attribution/owners.h"

#include <algorithm>

namespace sockwatch {
namespace {

// Look-ups that wait for memory together; more do not fit the processor.
constexpr std::size_t kAhead = 16;
constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::seconds kLastRetry{600};
constexpr std::chrono::seconds kLastListenerRetry{60};
constexpr std::chrono::seconds kListenerCheck{5};
constexpr std::chrono::seconds kConfirmation{25};
// Of cgroups at a time; more are searched at once.
constexpr std::size_t kMostAnswers = 131072;

template <typename Map>
auto* value_of(Map& map, const SocketKey& key) {
  const auto found = map.find(key.cookie);
  return found != map.end() ? &found->second : nullptr;
}

}  // namespace

std::optional<Owner> Owners::find(const SocketKey& key, MonotonicTime now) const {
  const OwnerEntry* owned = owned_.find(key.cookie);
  if (is_settled(owned)) return owned->process;
  return owner_of(owned, value_of(unowned_, key), key, now);
}

void Owners::see(std::span<const SocketRecord> records, MonotonicTime now,
                 std::vector<Seen>& seen) {
  const std::size_t ahead = std::min(kAhead, records.size());
  for (const SocketRecord& record : records.first(ahead)) owned_.prefetch(record.key.cookie);
  seen.clear();
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (i + ahead < records.size()) owned_.prefetch(records[i + ahead].key.cookie);
    seen.push_back(see(records[i], now));
  }
}

Seen Owners::see(const SocketKey& key, MonotonicTime now) {
  if (key.inode == 0) return {};  // an orphan has the cookie that it had with its process
  OwnerEntry* const owned = owned_.find(key.cookie);
  Seen seen;
  if (owned != nullptr) {
    seen.sighting = marks_.note_counted(owned->generation);
    if (is_settled(owned)) return {seen.sighting, owned->process};
  }
  Unowned* unowned = value_of(unowned_, key);
  if (!is_doubted(owned, key)) seen.owner = owner_of(owned, unowned, key, now);
  if (unowned != nullptr) seen.sighting = marks_.note(unowned->mark);
  for (SearchBacklog* backlog : {&urgent_, &others_}) {
    if (WantedSocket* const socket = backlog->find(key)) seen.sighting = marks_.note(socket->mark);
  }
  return seen;
}

Seen Owners::see(const SocketRecord& record, MonotonicTime now) {
  Seen seen = see(record.key, now);
  const bool unknown = !seen.owner && record.key.inode != 0;
  if (unknown && unreadable_users_.contains(record.uid)) seen.owner = SearchEnd::unreadable;
  return seen;
}

bool Owners::is_settled(const OwnerEntry* owned) const {
  return owned != nullptr && !processes_[owned->process].gone &&
         processes_[owned->process].pid != 1 &&
         !processes_[owned->process].descriptors.doubts_some();
}

bool Owners::is_doubted(const OwnerEntry* owned, const SocketKey& key) const {
  return owned != nullptr && !descriptors_.contains(key.cookie) &&
         processes_[owned->process].descriptors.doubts(key.inode) && !waits(key);
}

bool Owners::waits(const SocketKey& key) const {
  return urgent_.find(key) != nullptr || others_.find(key) != nullptr;
}

std::optional<Owner> Owners::owner_of(const OwnerEntry* owned, const Unowned* unowned,
                                      const SocketKey& key, MonotonicTime now) const {
  const bool lives = owned != nullptr && !processes_[owned->process].gone;
  const bool due = unowned != nullptr ? now >= unowned->next_search : !lives;
  if ((due || (owned != nullptr && !lives)) && !waits(key)) return std::nullopt;
  if (lives) return owned->process;
  return unowned != nullptr ? unowned->end : SearchEnd::unfinished;
}

void Owners::search(const std::vector<Wanted>& wanted, const Enough& enough, MonotonicTime now) {
  const std::vector<Wanted> rest = answer_by_cgroup(unanswered(wanted, now), now);
  others_.add(rest, marks_, searched_before(rest, now));
  confirm_answers(now);
  go_on_with(others_, enough, now);
  if (!enough()) processes_.look_at_descriptors(enough, now);
}

/// An urgent search may have answered for some of them meanwhile.
std::vector<Wanted> Owners::unanswered(const std::vector<Wanted>& wanted, MonotonicTime now) const {
  std::vector<Wanted> rest;
  for (const Wanted& socket : wanted) {
    const bool known = find(socket.key, now).has_value();
    if (!known || is_doubted(owned_.find(socket.key.cookie), socket.key)) rest.push_back(socket);
  }
  return rest;
}

std::vector<Wanted> Owners::answer_by_cgroup(const std::vector<Wanted>& wanted, MonotonicTime now) {
  if (cgroups_ == nullptr) return wanted;
  boost::unordered_flat_map<std::uint64_t, std::optional<ProcessId>> answers;
  std::vector<Wanted> rest;
  for (const Wanted& socket : wanted) {
    const bool searched_before =
        owned_.contains(socket.key.cookie) || unowned_.contains(socket.key.cookie);
    const auto [answer, added] = answers.try_emplace(socket.cgroup_id);
    if (added) {
      const auto pid = sole_names_.process_of(socket.cgroup_id, now);
      if (pid) answer->second = open_process(*pid);
    }
    if (searched_before || !answer->second || unconfirmed_.size() >= kMostAnswers) {
      rest.push_back(socket);
      continue;
    }
    if (unconfirmed_.empty()) unconfirmed_since_ = now;
    unconfirmed_.push_back(socket);
    set_owner({socket.key.cookie, socket.key.inode, marks_.last_of(socket.slot)}, *answer->second);
  }
  return rest;
}

std::uint64_t Owners::searched_before(const std::vector<Wanted>& wanted, MonotonicTime now) const {
  std::uint64_t oldest = UINT64_MAX;
  for (const Wanted& socket : wanted) {
    const Unowned* unowned = value_of(unowned_, socket.key);
    const bool partly = unowned != nullptr && now < unowned->complete_search;
    oldest = std::min(oldest, partly ? unowned->searched : 0);
  }
  return oldest;
}

std::optional<ProcessId> Owners::open_process(pid_t pid) {
  if (processes_.open() >= max_processes_) return std::nullopt;
  const auto directory = proc_->open(std::to_string(pid));
  if (!directory) return std::nullopt;
  auto holder = describe_holder(**directory, pid);
  if (!holder) return std::nullopt;
  return processes_.add(*std::move(holder));
}

/// Together, so that one search serves many; those that are not there any more need none.
void Owners::confirm_answers(MonotonicTime now) {
  const bool due = now - unconfirmed_since_ >= kConfirmation;
  if (unconfirmed_.empty() || !due || others_.room() < unconfirmed_.size()) return;
  std::erase_if(unconfirmed_,
                [&](const Wanted& socket) { return !owned_.contains(socket.key.cookie); });
  others_.add(unconfirmed_, marks_);
  unconfirmed_ = {};
}

void Owners::search_urgent(const std::vector<Wanted>& wanted, const Enough& enough,
                           MonotonicTime now) {
  if (urgent_.size() == 0) listeners_.clear();
  for (const Wanted& socket : wanted) {
    if (socket.listener) listeners_.insert(socket.key.cookie);
  }
  urgent_.add(wanted, marks_, searched_before(wanted, now));
  go_on_with(urgent_, enough, now);
}

/// What waits in a sample that fails would read as `unfinished` in the next one.
void Owners::go_on_with(SearchBacklog& backlog, const Enough& enough, MonotonicTime now) {
  try {
    work_on(backlog, enough, now);
  } catch (...) {
    backlog.clear();
    throw;
  }
}

void Owners::work_on(SearchBacklog& backlog, const Enough& enough, MonotonicTime now) {
  const auto processes_of = [&](std::uint64_t cgroup) {
    return cgroups_ != nullptr ? cgroups_->processes(cgroup, now) : std::vector<pid_t>();
  };
  do {
    OwnerSearch* const search = backlog.current(processes_of);
    if (search == nullptr) return;
    Holdings holdings = search->look(enough, processes_.open() < max_processes_);
    settle(holdings, now);
    search->advance(holdings);
    if (!search->is_over()) continue;
    settle_rest(*search, now);
    read_errors_.add(search->errors());
    if (search->errors()[ReadError::permission] > 0) unreadable_users_.met_one();
    backlog.end_search();
  } while (!enough());
}

void Owners::settle(Holdings& holdings, MonotonicTime now) {
  if (holdings.sockets.empty()) return;
  const ProcessId process = processes_.add(*std::move(holdings.process));
  for (const auto& [socket, descriptor] : holdings.sockets) {
    set_owner(*socket, process);
    if (listeners_.contains(socket->cookie)) {
      descriptors_[socket->cookie] = {socket->inode,
                                      holdings.table + "/" + std::to_string(descriptor), now};
    }
    if (processes_[process].pid == 1) {
      retry_later(*socket, SearchEnd::nobody, now);
    } else {
      unowned_.erase(socket->cookie);
    }
  }
}

void Owners::settle_rest(OwnerSearch& search, MonotonicTime now) {
  search.sockets().for_each([&](const WantedSocket& socket) {
    Unowned& unowned = retry_later(socket, search.end(), now);
    unowned.searched = search.begun();
    if (search.end() == SearchEnd::unfinished) {
      unowned.complete_search = now;
    } else if (search.is_complete()) {
      unowned.complete_search = now + kLastRetry;
    }
    erase_owner(socket.cookie);
    descriptors_.erase(socket.cookie);
  });
}

/// An entry that was there has a mark that is at least as new: see() notes it as well.
void Owners::set_owner(const WantedSocket& socket, ProcessId process) {
  const std::size_t before = owned_.size();
  OwnerEntry& entry = owned_[socket.cookie];
  entry.process = process;
  processes_.holds(process, socket.inode);
  if (owned_.size() == before) {
    changed_ = true;
    return;
  }
  entry.generation = socket.mark;
  marks_.count(socket.mark);
}

void Owners::erase_owner(std::uint64_t cookie) {
  const OwnerEntry* entry = owned_.find(cookie);
  if (entry == nullptr) return;
  marks_.discount(entry->generation);
  changed_ = true;
  owned_.erase(cookie);
}

Owners::Unowned& Owners::retry_later(const WantedSocket& socket, SearchEnd end, MonotonicTime now) {
  const auto [found, added] = unowned_.try_emplace(socket.cookie);
  Unowned& entry = found->second;
  if (added) {
    entry = {socket.mark, listeners_.contains(socket.cookie), end, now, {}, 0, {}};
  }
  const auto longest = entry.listener ? kLastListenerRetry : kLastRetry;
  const bool hopeless = end == SearchEnd::unreadable && unreadable_users_.any();
  const auto shortest = hopeless ? kLastListenerRetry : kFirstRetry;
  if (now >= entry.next_search) entry.delay = std::clamp(entry.delay * 2, shortest, longest);
  entry.end = end;
  entry.next_search = now + entry.delay;
  return entry;
}

void Owners::verify_listeners(MonotonicTime now) {
  erase_if(descriptors_, [&](auto& entry) {
    auto& [cookie, descriptor] = entry;
    const OwnerEntry* owned = owned_.find(cookie);
    if (owned == nullptr) return true;
    if (now - descriptor.verified < kListenerCheck) return false;
    if (still_holds(descriptor, owned->process)) {
      descriptor.verified = now;
      return false;
    }
    erase_owner(cookie);
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

void Owners::forget_unseen(unsigned samples, std::uint32_t slot) {
  const auto gone = [&](SampleMarks::Mark mark) {
    return SampleMarks::slot_of(mark) == slot && marks_.is_unseen(mark, samples);
  };
  marks_.discount_unseen(slot, forget(gone, !marks_.all_seen(slot)));
}

void Owners::forget_all_of(std::uint32_t slot) {
  forget([&](SampleMarks::Mark mark) { return SampleMarks::slot_of(mark) == slot; }, true);
  marks_.discount_all(slot);
}

template <typename Gone>
std::size_t Owners::forget(const Gone& gone, bool owned) {
  const std::size_t forgotten =
      owned ? owned_.erase_if([&](const OwnerEntry& entry) { return gone(entry.generation); }) : 0;
  if (forgotten > 0) changed_ = true;
  // A socket that is owned as well is noted there alone.
  erase_if(unowned_, [&](const auto& entry) {
    return gone(entry.second.mark) && !owned_.contains(entry.first);
  });
  const auto lost = [&](const WantedSocket& socket) {
    return gone(socket.mark) && !owned_.contains(socket.cookie);
  };
  urgent_.drop(lost);
  others_.drop(lost);
  if (changed_) release_unused_processes();
  return forgotten;
}

void Owners::release_unused_processes() {
  std::vector<bool> in_use(processes_.size());
  owned_.for_each([&](const OwnerEntry& entry) { in_use[entry.process] = true; });
  processes_.release_unused(in_use);
  changed_ = false;
}

}  // namespace sockwatch
