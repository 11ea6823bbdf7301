// What one cycle is asked for and what it gives. Plain data.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "app/family_pass.h"
#include "app/namespace_names.h"
#include "app/sources.h"
#include "report/report.h"
#include "settings/settings.h"
#include "snapshot/listeners.h"
#include "snapshot/protocol_sample.h"

namespace sockwatch {

struct CollectorOptions {
  Source source = Source::automatic;
  std::vector<Protocol> protocols = {Protocol::tcp, Protocol::udp};
  bool unix_sockets = true;
  bool packet_sockets = true;                // and raw ones
  std::vector<std::uint16_t> service_ports;  // sorted
  std::chrono::nanoseconds udp_listener_age = std::chrono::seconds(10);
  std::size_t max_cells = 65536;  // of all protocols together
  bool all_namespaces = false;
};

/// The cookie of a network namespace, or, where it may not be asked for, an inode number.
using NamespaceId = std::uint64_t;
inline constexpr NamespaceId kHost = 0;

enum class Scope { listeners, everything };

/// What one protocol gave in one cycle.
struct Collected {
  Protocol protocol = Protocol::tcp;
  std::string_view source;                                 // "netlink" or "procfs"
  std::optional<std::vector<ObservedListener>> listeners;  // when their dump is complete
  std::optional<ProtocolSample> sockets;  // with Scope::everything, when all dumps are complete
};

/// What one network namespace gave in one cycle.
struct NamespaceCollection {
  NamespaceId id = kHost;
  Scope scope = Scope::listeners;
  std::vector<Collected> protocols;
  std::vector<CollectedFamily> families;  // with Scope::everything
  std::vector<Fault> faults;              // each dump that failed
};

struct Collection {
  NamespaceCollection host;
  // Of the other namespaces: listeners of all, and all sockets of those whose turn it was.
  std::vector<NamespaceCollection> others;
  std::vector<NamespaceFacts> alive;    // other namespaces that there are
  std::size_t unreadable = 0;           // and those that cannot be read
  std::chrono::nanoseconds searched{};  // time spent on the search for owners
};

/// What a cycle tells its caller, and asks of it.
struct CycleHooks {
  /// A stage begins; the one before it ends.
  std::function<void(Stage)> on_stage = [](Stage) {};
  /// With Scope::everything, between two datagrams and between two parts of a search: the caller
  /// may rest here, or take a sample of listeners.
  std::function<void()> breathe = [] {};
  /// Whether breathe() is waited for: a search stops for it.
  std::function<bool()> is_awaited = [] { return false; };
  std::function<MonotonicTime()> clock = [] { return MonotonicTime{}; };
  /// By `clock`, how long a cycle may search for the owners of listeners and sniffers: alerts wait
  /// for them.
  std::chrono::nanoseconds urgent_time = std::chrono::hours(1);
  /// And of other sockets; what is left is `pending`.
  std::chrono::nanoseconds search_time = std::chrono::hours(1);
  /// The same for dumps of other namespaces that need not be in this cycle.
  std::chrono::nanoseconds namespace_time = std::chrono::hours(1);
};

}  // namespace sockwatch
