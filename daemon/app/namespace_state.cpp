#include "app/namespace_state.h"

#include <algorithm>

namespace sockwatch {
namespace {

constexpr int kStaleTurns = 3;

}  // namespace

void NamespaceState::Turns::take(MonotonicTime now) {
  if (last) apart = now - *last;
  last = now;
}

bool NamespaceState::Turns::is_fresh(std::chrono::nanoseconds patience, MonotonicTime now) const {
  return last && now - *last <= std::max(patience, kStaleTurns * apart);
}

void NamespaceState::take_sockets(Protocol protocol, ProtocolSample&& sample) {
  Known& its = known(protocol);
  its.sockets_turns.take(sample.taken.monotonic);
  its.sockets = std::move(sample);
}

void NamespaceState::take_family(std::string_view name, FamilySample&& sample) {
  Family& family = families_[name];
  family.turns.take(sample.taken.monotonic);
  family.sample = std::move(sample);
}

std::vector<ListenerEvent> NamespaceState::take_listeners(const Collected& collected,
                                                          MonotonicTime restore_until,
                                                          const Now& now) {
  Known& its = known(collected.protocol);
  if (!its.source.empty() && its.source != collected.source) {
    tracker_.restart(collected.protocol, restore_until);
  }
  its.source = collected.source;
  auto events = tracker_.update(collected.protocol, *collected.listeners, now);
  its.listeners_turns.take(now.monotonic);
  return events;
}

void NamespaceState::drop(Protocol protocol, MonotonicTime now) {
  known(protocol) = {};
  tracker_.restart(protocol, now);
}

void NamespaceState::drop_families(const std::function<bool(std::string_view)>& dropped) {
  std::erase_if(families_, [&](const auto& family) { return dropped(family.first); });
}

std::vector<ProtocolSample*> NamespaceState::samples(const Patience& patience, MonotonicTime now) {
  std::vector<ProtocolSample*> fresh;
  for (Known& its : known_) {
    if (its.sockets && its.sockets_turns.is_fresh(patience.sockets, now)) {
      fresh.push_back(&*its.sockets);
    }
  }
  return fresh;
}

std::vector<FamilySample*> NamespaceState::families(const Patience& patience, MonotonicTime now) {
  std::vector<FamilySample*> fresh;
  for (auto& [name, family] : families_) {
    if (family.turns.is_fresh(patience.sockets, now)) fresh.push_back(&family.sample);
  }
  return fresh;
}

ListenerSample NamespaceState::listeners(const Patience& patience, const Now& now) const {
  ListenerSample sample = tracker_.sample([&](Protocol protocol) {
    const Known& its = known_[static_cast<std::size_t>(protocol)];
    return its.listeners_turns.is_fresh(patience.listeners, now.monotonic);
  });
  // A wall clock that was set back: what was seen later than now is shown as seen now.
  for (ListenerGroup& group : sample.groups) {
    group.first_seen = std::min(group.first_seen, now.wall);
  }
  return sample;
}

std::optional<WallTime> NamespaceState::oldest() const {
  std::optional<WallTime> oldest;
  for (const Known& its : known_) {
    if (!its.sockets) continue;
    oldest = std::min(oldest.value_or(its.sockets->taken.wall), its.sockets->taken.wall);
  }
  return oldest;
}

}  // namespace sockwatch
