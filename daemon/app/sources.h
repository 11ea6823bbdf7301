// The sources of sockets together: netlink, and /proc/net for what netlink has no handler for. What
// failed in a cycle is kept as a list. Threads: one.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "app/dumped.h"
#include "app/netlink_source.h"
#include "app/procfs_source.h"
#include "settings/settings.h"
#include "support/clock.h"

namespace sockwatch {

inline constexpr std::string_view kNetlink = "netlink";
inline constexpr std::string_view kProcfs = "procfs";

/// A dump that failed, in the words of the metrics' labels.
struct Fault {
  std::string_view what;    // "tcp", "udp", "unix", "packet", "raw", "interfaces"
  std::string_view source;  // "netlink", "procfs", "rtnetlink"
  kernel::DumpError error;
  bool made_good = false;  // the other source told what this one could not
  bool absent = false;     // no source has the family
};

class Sources {
 public:
  Sources(kernel::OpenChannel open, std::shared_ptr<const kernel::Directory> proc)
      : netlink_(std::move(open)), procfs_(proc), proc_(std::move(proc)) {}

  /// Starts a cycle. With Source::automatic, netlink serves what it has a handler for; the rest
  /// comes from /proc/net for a minute, then netlink is asked again: modules can be loaded later.
  void begin_cycle(Source choice, MonotonicTime now);
  /// See ProcfsSource::read_from().
  void read_from(std::string tables) { procfs_.read_from(std::move(tables)); }
  /// Ends it: a netlink socket that is held keeps its network namespace alive.
  void close() { netlink_.close(); }

  /// Sockets that may serve. The first dump of a protocol in a cycle, which decides on the source.
  Dumped dump_servers(Protocol protocol, const OnRecords& on_records);
  /// Every socket in every state, from the source that told the servers.
  Dumped dump_all(Protocol protocol, const OnRecords& on_records);
  /// All unix sockets. Nothing when no source has the family: it is asked for again after a minute.
  std::optional<Dumped> dump_unix(const OnUnixSockets& on_sockets);
  /// The same for packet sockets, and for raw ones, which only /proc/net has.
  std::optional<Dumped> dump_packets(PacketKind kind, const OnPacketSockets& on_sockets);
  /// Nothing when they cannot be read.
  std::optional<Interfaces> interfaces();

  /// Receives of netlink that a signal interrupted and that were repeated, since the start.
  std::uint64_t interruptions() const { return netlink_.interruptions(); }
  /// Who served last: "netlink" or "procfs". `what`: as in Fault.
  std::string_view source_of(std::string_view what) const;
  /// What failed since the last call.
  std::vector<Fault> take_faults() { return std::exchange(faults_, {}); }

 private:
  /// Sets `began` when it delivers something: a dump that did is not begun anew elsewhere.
  using NetlinkDump = std::function<Dumped(bool& began)>;
  using ProcfsDump = std::function<Dumped()>;
  struct Turn {
    bool procfs = false;
    MonotonicTime until;  // then netlink is asked again
  };

  Dumped first_dump(std::string_view what, const NetlinkDump& netlink, const ProcfsDump& procfs);
  Dumped netlink_or_procfs(std::string_view what, const NetlinkDump& netlink,
                           const ProcfsDump& procfs);
  std::optional<Dumped> unless_absent(std::string_view what, const std::function<Dumped()>& dump);
  Dumped noted(std::string_view what, std::string_view source, Dumped dumped);

  NetlinkSource netlink_;
  ProcfsSource procfs_;
  std::shared_ptr<const kernel::Directory> proc_;
  Source choice_ = Source::automatic;
  MonotonicTime now_;
  std::map<std::string_view, Turn> turns_;                  // by `what`
  std::map<std::string_view, MonotonicTime> absent_until_;  // by `what`
  std::vector<Fault> faults_;
};

}  // namespace sockwatch
