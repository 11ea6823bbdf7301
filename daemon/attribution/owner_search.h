// Which process holds a socket: a walk over the descriptor tables of processes for a set of sockets
// that ends when all are found, and over the tables of single threads for those that are left. One
// for sockets that were searched before leaves out processes and threads where nothing changed.
// It can stop in the middle of a table and go on later.
// Threads: one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attribution/cause.h"
#include "attribution/read_errors.h"
#include "attribution/search_candidates.h"
#include "attribution/wanted_sockets.h"
#include "kernel/directory.h"

namespace sockwatch {

/// Whether a search has used its budget; asked between processes and every 64 descriptors.
using Enough = std::function<bool()>;

/// A process that holds a wanted socket.
struct HolderProcess {
  pid_t pid = 0;
  std::uint64_t start_time = 0;  // clock ticks since boot
  std::string comm;              // raw
  // /proc/PID, of this process even when the pid is reused.
  std::unique_ptr<kernel::Directory> directory;
};

/// `directory` is /proc/PID.
Result<HolderProcess> describe_holder(const kernel::Directory& directory, pid_t pid);

/// What one table, or a part of it, holds.
struct Holdings {
  struct Socket {
    WantedSocket* socket;
    int descriptor;
  };

  std::optional<HolderProcess> process;  // when there are sockets
  std::string table;                     // below /proc/PID, as "fd" or "task/12/fd"
  std::vector<Socket> sockets;
};

/// The owner among several holders: process 1 only when it is the sole one, then the earliest
/// start, then the lowest pid; a process of the socket's cgroup comes before one of its user, and
/// that before all others.
class OwnerSearch {
 public:
  /// `candidates` lasts as long as this.
  OwnerSearch(const kernel::Directory& proc, SearchCandidates& candidates, WantedSockets sockets,
              SearchHints hints)
      : proc_(proc),
        candidates_(candidates),
        sockets_(std::move(sockets)),
        hints_(std::move(hints)) {}

  /// Goes on for one part. What is found is left to the caller, who then calls advance(): a part
  /// that was not accepted is looked at again. With `room` false no process is kept open for what
  /// it holds, which then stays unfinished.
  Holdings look(const Enough& enough, bool room);
  void advance(const Holdings& accepted);
  bool is_over() const { return place_.phase == Phase::over || sockets_.size() == 0; }

  WantedSockets& sockets() { return sockets_; }
  const WantedSockets& sockets() const { return sockets_; }
  /// Why a socket that is left has no owner.
  SearchEnd end() const { return end_; }
  /// What SearchHints::searched is for those that are left, when they are searched again.
  std::uint64_t begun() const { return begun_; }
  bool is_complete() const { return hints_.searched == 0; }
  /// A /proc that cannot be listed counts as one process.
  const ReadErrors& errors() const { return errors_; }

 private:
  enum class Phase : std::uint8_t { listing, describing, processes, threads, over };
  struct Place {
    Phase phase = Phase::listing;
    std::size_t candidate = 0;
    pid_t thread = 0;  // in phase threads; those below it are done
    std::uint64_t entry = 0;
  };
  struct Visit {
    pid_t pid;
    std::unique_ptr<kernel::Directory> directory;
    bool room;
    Holdings holdings = {};
    bool lost_some = false;  // a part of it was listed and is not there any more
  };

  void list();
  void describe(const Enough& enough);
  Holdings look_at_process(const Enough& enough, bool room);
  void scan_threads(Visit& visit, const Enough& enough);
  /// False when it stopped before the end.
  bool scan_table(Visit& visit, const std::string& table, const Enough& enough);
  void found(Visit& visit, std::uint32_t inode, const char* descriptor);
  /// Whether the current candidate cannot hold what is searched.
  bool is_excluded(pid_t pid);
  static bool has_one_thread(const kernel::Directory& process);
  /// The place after all of this process in this phase.
  Place after_candidate() const;
  void failed(Visit& visit, int code);
  void note(pid_t pid, int code);
  void judge(int code);

  const kernel::Directory& proc_;
  SearchCandidates& candidates_;
  WantedSockets sockets_;
  SearchHints hints_;
  std::uint64_t begun_ = 0;
  std::vector<pid_t> order_;
  Place place_;
  Place next_;
  boost::unordered_flat_set<pid_t> unread_;  // those that are in errors_
  ReadErrors errors_;
  SearchEnd end_ = SearchEnd::nobody;
};

/// "socket:[4294967295]" and one more, so that nothing longer looks like it when it is cut.
inline constexpr std::size_t kLongestSocketLink = 20;
/// N of "socket:[N]", the target of a socket's descriptor link.
std::optional<std::uint32_t> socket_inode(std::string_view link);

}  // namespace sockwatch
