// Which listeners are exported when there are more than the limit. Rules and logs see all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "snapshot/listeners.h"

namespace sockwatch {

/// Listeners that are not shown one by one.
struct HiddenListeners {
  NamespaceIndex netns = 0;
  Exposure exposure = Exposure::wildcard;
  std::uint64_t sockets = 0;
};

struct LimitedListeners {
  std::vector<std::string> namespaces = kFirstNamespaces;
  std::vector<Listener> listeners;
  std::vector<HiddenListeners> hidden;  // one row per exposure, of the host's and of all others
  std::vector<ListenerGroup> groups;
  std::uint64_t listeners_omitted = 0;  // rows of `listeners` that are hidden
  std::uint64_t tcp_groups_omitted = 0;
  std::uint64_t udp_groups_omitted = 0;
};

/// Keeps at most `limit` rows of listeners (those of the hidden included) and of groups, in the
/// order of exposure (wildcard, public, nonlocal, private, link_local, multicast, loopback), the
/// host's before those of other namespaces, then port.
LimitedListeners limit_listeners(ListenerSample sample, std::size_t limit);

}  // namespace sockwatch
