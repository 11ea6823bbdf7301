// Listeners from sample to sample: grouped by what their metrics are labelled with, with the time
// each was first seen, drop counters that only grow, and the events that are worth a log line.
// Threads: one.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "snapshot/namespace_index.h"
#include "sockets/exposure.h"
#include "sockets/socket_record.h"
#include "support/clock.h"

namespace sockwatch {

struct ListenerIdentity {
  NamespaceIndex netns = 0;
  Protocol protocol = Protocol::tcp;
  Family family = Family::ipv4;
  Endpoint endpoint;
  std::string interface;  // name of the device it is bound to, "" none

  auto operator<=>(const ListenerIdentity&) const = default;
};

/// Who listens; both labels, "" without a process.
struct ListenerOwner {
  std::string process;
  std::string unit;

  auto operator<=>(const ListenerOwner&) const = default;
};

struct ListenerKey {
  ListenerIdentity identity;
  ListenerOwner owner;

  auto operator<=>(const ListenerKey&) const = default;
};

/// One listening socket of one dump, with what was found out about it.
struct ObservedListener {
  SocketKey socket;
  ListenerKey key;
  Exposure exposure = Exposure::wildcard;
  bool dual_stack = false;
  std::string user;
  // A UDP socket that the first dump had already, though it counts as a listener only since now.
  bool there_at_start = false;
  std::uint32_t accept_queue = 0;
  std::optional<std::uint32_t> accept_queue_limit;  // where the source tells it
  std::optional<std::uint32_t> drops;
};

/// Sockets that are equal in all labels.
struct Listener {
  ListenerKey key;
  Exposure exposure = Exposure::wildcard;
  bool dual_stack = false;
  std::string user;
  std::uint64_t sockets = 0;
};

/// What is counted per identity and owner.
struct ListenerGroup {
  ListenerKey key;
  Exposure exposure = Exposure::wildcard;  // the widest of its sockets
  WallTime first_seen;
  std::uint64_t accept_queue = 0;
  std::optional<std::uint64_t> accept_queue_limit;  // where all of its sockets tell theirs
  std::optional<std::uint64_t> drops_total;         // where one of its sockets tells its drops
};

struct ListenerEvent {
  enum class Kind { appeared, gone, owner_changed };
  Kind kind = Kind::appeared;
  ListenerIdentity identity;
  Exposure exposure = Exposure::wildcard;
  ListenerOwner owner;
  ListenerOwner previous;  // of owner_changed
  std::string netns = {};  // label of another namespace than the host's
};

struct ListenerSample {
  std::vector<std::string> namespaces = kFirstNamespaces;
  std::vector<Listener> listeners;    // sorted by key
  std::vector<ListenerGroup> groups;  // sorted by key
};

using FirstSeen = std::map<ListenerKey, WallTime>;

class ListenerTracker {
 public:
  /// Times known from before a restart, used for listeners that are seen before `until`.
  void restore(FirstSeen first_seen, MonotonicTime until) {
    restored_ = std::move(first_seen);
    restored_until_ = until;
  }

  /// The next dump of `protocol` is like the first one after a restart of the daemon: it comes from
  /// another source, which knows the same sockets by other keys, or after a time without any.
  void restart(Protocol protocol, MonotonicTime restore_until);

  /// Takes one complete listener dump of `protocol`. A socket absent once is kept, since dumps of
  /// reuseport groups miss sockets under churn; absent twice it is gone. When memory runs out,
  /// nothing has changed.
  std::vector<ListenerEvent> update(Protocol protocol,
                                    const std::vector<ObservedListener>& observed, const Now& now);

  /// The listeners of the protocols that `fresh` says yes to.
  ListenerSample sample(const std::function<bool(Protocol)>& fresh) const;
  const FirstSeen& first_seen() const { return first_seen_; }
  /// Grows when first_seen() changes.
  std::uint64_t first_seen_revision() const { return first_seen_revision_; }
  std::size_t sockets() const { return sockets_.size(); }

 private:
  struct Tracked {
    ObservedListener last;
    unsigned absences = 0;
    bool present = false;  // in the dump that is taken now
  };
  struct Drops {
    std::uint64_t total = 0;
    MonotonicTime last_present;
  };
  struct Told {
    ListenerOwner owner;
    Exposure exposure = Exposure::wildcard;
  };

  std::vector<ListenerEvent> advance(Protocol protocol,
                                     const std::vector<ObservedListener>& observed, const Now& now);
  void observe(const ObservedListener& listener, bool baseline, const Now& now);
  void count_drops(const ObservedListener& listener, const Tracked* before, bool baseline,
                   const Now& now);
  void remove_absent(Protocol protocol);
  void keep_first_seen(Protocol protocol, const Now& now);
  std::optional<WallTime> restored(const ListenerKey& key);
  void forget_old_drops(const Now& now);
  std::vector<ListenerEvent> events(Protocol protocol);

  std::map<std::uint64_t, Tracked> sockets_;  // by cookie
  FirstSeen first_seen_;
  std::uint64_t first_seen_revision_ = 0;
  FirstSeen restored_;
  MonotonicTime restored_until_;
  std::map<ListenerKey, Drops> drops_;
  std::map<ListenerIdentity, Told> told_;  // what the last events were told from
  std::array<bool, kProtocols.size()> started_{};
};

}  // namespace sockwatch
