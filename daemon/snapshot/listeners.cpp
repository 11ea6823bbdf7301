#include "snapshot/listeners.h"

#include <algorithm>
#include <type_traits>

namespace sockwatch {
namespace {

constexpr std::chrono::hours kKeepTotals{1};
constexpr std::size_t kMaxKeptTotals = 4096;

}  // namespace

void ListenerTracker::restart(Protocol protocol, MonotonicTime restore_until) {
  const auto is_ours = [protocol](const ListenerIdentity& identity) {
    return identity.protocol == protocol;
  };
  std::erase_if(sockets_,
                [&](const auto& entry) { return is_ours(entry.second.last.key.identity); });
  std::erase_if(told_, [&](const auto& entry) { return is_ours(entry.first); });
  std::erase_if(first_seen_, [&](const auto& entry) {
    return is_ours(entry.first.identity) && (restored_.insert(entry), true);
  });
  restored_until_ = std::max(restored_until_, restore_until);
  started_[static_cast<std::size_t>(protocol)] = false;
}

std::vector<ListenerEvent> ListenerTracker::update(Protocol protocol,
                                                   const std::vector<ObservedListener>& observed,
                                                   const Now& now) {
  static_assert(std::is_nothrow_move_assignable_v<ListenerTracker>);
  ListenerTracker next = *this;
  std::vector<ListenerEvent> events = next.advance(protocol, observed, now);
  *this = std::move(next);
  return events;
}

std::vector<ListenerEvent> ListenerTracker::advance(Protocol protocol,
                                                    const std::vector<ObservedListener>& observed,
                                                    const Now& now) {
  bool& started = started_[static_cast<std::size_t>(protocol)];
  for (auto& [cookie, tracked] : sockets_) tracked.present = false;
  for (const ObservedListener& listener : observed) {
    observe(listener, !started || listener.there_at_start, now);
  }
  remove_absent(protocol);
  keep_first_seen(protocol, now);
  forget_old_drops(now);
  std::vector<ListenerEvent> changes = events(protocol);
  if (!started) changes.clear();  // what the first sample finds has not appeared just now
  started = true;
  return changes;
}

void ListenerTracker::observe(const ObservedListener& listener, bool baseline, const Now& now) {
  const auto known = sockets_.find(listener.socket.cookie);
  const Tracked* before = known == sockets_.end() ? nullptr : &known->second;
  count_drops(listener, before, baseline, now);
  const auto last_drops =
      before != nullptr && !listener.drops ? before->last.drops : listener.drops;
  Tracked& tracked = sockets_[listener.socket.cookie];
  tracked = {listener, 0, true};
  tracked.last.drops = last_drops;
}

void ListenerTracker::count_drops(const ObservedListener& listener, const Tracked* before,
                                  bool baseline, const Now& now) {
  Drops& drops = drops_[listener.key];
  drops.last_present = now.monotonic;
  if (!listener.drops) return;
  if (before != nullptr && before->last.drops) {
    drops.total += static_cast<std::uint32_t>(*listener.drops - *before->last.drops);
  } else if (!baseline) {
    drops.total += *listener.drops;
  }
}

void ListenerTracker::remove_absent(Protocol protocol) {
  for (auto& [cookie, tracked] : sockets_) {
    const bool ours = tracked.last.key.identity.protocol == protocol;
    if (ours && !tracked.present) ++tracked.absences;
  }
  std::erase_if(sockets_, [](const auto& entry) { return entry.second.absences >= 2; });
}

void ListenerTracker::keep_first_seen(Protocol protocol, const Now& now) {
  // As fine as the state file keeps it, so that a restart shows the same.
  const WallTime first_sight = std::chrono::floor<std::chrono::microseconds>(now.wall);
  FirstSeen kept;
  for (auto& entry : first_seen_) {
    if (entry.first.identity.protocol != protocol) kept.insert(entry);
  }
  for (const auto& [cookie, tracked] : sockets_) {
    const ListenerKey& key = tracked.last.key;
    if (key.identity.protocol != protocol) continue;
    const auto before = first_seen_.find(key);
    const WallTime first =
        before != first_seen_.end() ? before->second : restored(key).value_or(first_sight);
    kept.try_emplace(key, first);
  }
  if (kept != first_seen_) ++first_seen_revision_;
  first_seen_ = std::move(kept);
  if (now.monotonic >= restored_until_) restored_.clear();
}

/// Taken once: a listener that goes and comes back is a new one.
std::optional<WallTime> ListenerTracker::restored(const ListenerKey& key) {
  const auto found = restored_.find(key);
  if (found == restored_.end()) return std::nullopt;
  const WallTime time = found->second;
  restored_.erase(found);
  return time;
}

void ListenerTracker::forget_old_drops(const Now& now) {
  std::vector<std::map<ListenerKey, Drops>::iterator> absent;
  for (auto it = drops_.begin(); it != drops_.end(); ++it) {
    if (!first_seen_.contains(it->first)) absent.push_back(it);
  }
  std::ranges::sort(absent, std::greater{}, [](auto it) { return it->second.last_present; });
  for (std::size_t i = 0; i < absent.size(); ++i) {
    const bool old = now.monotonic - absent[i]->second.last_present >= kKeepTotals;
    if (old || i >= kMaxKeptTotals) drops_.erase(absent[i]);
  }
}

std::vector<ListenerEvent> ListenerTracker::events(Protocol protocol) {
  // The socket of the first owner by name speaks for an identity that several share, so that the
  // order of a dump changes nothing; one that is only kept after an absence speaks when no other is
  // there.
  std::map<ListenerIdentity, const Tracked*> current;
  for (const auto& [cookie, tracked] : sockets_) {
    const ListenerIdentity& identity = tracked.last.key.identity;
    if (identity.protocol != protocol) continue;
    const Tracked*& speaker = current[identity];
    const auto rank = [](const Tracked& t) { return std::tuple(!t.present, t.last.key.owner); };
    if (speaker == nullptr || rank(tracked) < rank(*speaker)) speaker = &tracked;
  }
  std::vector<ListenerEvent> changes;
  std::erase_if(told_, [&](const auto& entry) {
    if (entry.first.protocol != protocol || current.contains(entry.first)) return false;
    changes.push_back(
        {ListenerEvent::Kind::gone, entry.first, entry.second.exposure, entry.second.owner, {}});
    return true;
  });
  for (const auto& [identity, tracked] : current) {
    const Told now{tracked->last.key.owner, tracked->last.exposure};
    const auto [known, added] = told_.try_emplace(identity, now);
    if (added && !tracked->last.there_at_start) {
      changes.push_back({ListenerEvent::Kind::appeared, identity, now.exposure, now.owner, {}});
    } else if (!added && known->second.owner != now.owner && tracked->present) {
      changes.push_back({ListenerEvent::Kind::owner_changed, identity, now.exposure, now.owner,
                         known->second.owner});
    }
    if (tracked->present) known->second = now;
  }
  return changes;
}

ListenerSample ListenerTracker::sample(const std::function<bool(Protocol)>& fresh) const {
  std::map<std::tuple<ListenerKey, Exposure, bool, std::string>, std::uint64_t> rows;
  std::map<ListenerKey, ListenerGroup> groups;
  for (const auto& [cookie, tracked] : sockets_) {
    const ObservedListener& last = tracked.last;
    if (!fresh(last.key.identity.protocol)) continue;
    ++rows[{last.key, last.exposure, last.dual_stack, last.user}];
    const auto [found, added] = groups.try_emplace(last.key);
    ListenerGroup& group = found->second;
    group.exposure = added ? last.exposure : std::min(group.exposure, last.exposure);
    group.accept_queue += last.accept_queue;
    if (added) group.accept_queue_limit = 0;
    if (!last.accept_queue_limit) group.accept_queue_limit.reset();
    if (group.accept_queue_limit) *group.accept_queue_limit += *last.accept_queue_limit;
    if (last.drops) group.drops_total = drops_.at(last.key).total;
  }
  ListenerSample sample;
  for (const auto& [labels, sockets] : rows) {
    const auto& [key, exposure, dual_stack, user] = labels;
    sample.listeners.push_back({key, exposure, dual_stack, user, sockets});
  }
  for (auto& [key, group] : groups) {
    group.key = key;
    group.first_seen = first_seen_.at(key);
    sample.groups.push_back(std::move(group));
  }
  return sample;
}

}  // namespace sockwatch
