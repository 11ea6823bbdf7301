// What is known of one network namespace between samples: its last good ones, and its listeners.
// Threads: one.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string_view>

#include "app/collection.h"
#include "snapshot/listeners.h"

namespace sockwatch {

class NamespaceState {
 public:
  /// How old a sample may be to be shown, by what is configured; those of namespaces that have
  /// their turn more rarely may be three times as old as their turns are apart.
  struct Patience {
    std::chrono::nanoseconds sockets{};
    std::chrono::nanoseconds listeners{};
  };

  void take_sockets(Protocol protocol, ProtocolSample&& sample);
  void take_family(std::string_view name, FamilySample&& sample);
  /// A change of the source is like a restart: what was first seen when is restored until then.
  std::vector<ListenerEvent> take_listeners(const Collected& collected, MonotonicTime restore_until,
                                            const Now& now);
  /// Forgets a protocol (what is seen of it later is like after a restart) or a family.
  void drop(Protocol protocol, MonotonicTime now);
  void drop_families(const std::function<bool(std::string_view)>& dropped);

  /// Those that are not too old.
  std::vector<ProtocolSample*> samples(const Patience& patience, MonotonicTime now);
  std::vector<FamilySample*> families(const Patience& patience, MonotonicTime now);
  ListenerSample listeners(const Patience& patience, const Now& now) const;
  /// When the oldest of its last samples of sockets was taken.
  std::optional<WallTime> oldest() const;

  std::string label;         // "" is the host
  NamespaceIndex index = 0;  // of its label, among those that are shown

  ListenerTracker& tracker() { return tracker_; }
  const ListenerTracker& tracker() const { return tracker_; }

 private:
  struct Turns {
    std::optional<MonotonicTime> last;
    std::chrono::nanoseconds apart{};

    void take(MonotonicTime now);
    bool is_fresh(std::chrono::nanoseconds patience, MonotonicTime now) const;
  };
  struct Known {
    std::optional<ProtocolSample> sockets;
    Turns sockets_turns;
    Turns listeners_turns;
    std::string_view source;  // of the last good sample of listeners
  };
  struct Family {
    FamilySample sample;
    Turns turns;
  };

  Known& known(Protocol protocol) { return known_[static_cast<std::size_t>(protocol)]; }

  std::array<Known, kProtocols.size()> known_;  // by Protocol
  std::map<std::string_view, Family> families_;
  ListenerTracker tracker_;
};

}  // namespace sockwatch
