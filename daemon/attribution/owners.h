// Who owns each socket, kept from sample to sample by cookie. /proc is searched only for sockets
// that are new, whose owner is gone, or whose last search found nobody (again, ever more rarely).
// Threads: one.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "attribution/processes.h"
#include "sockets/socket_record.h"
#include "support/clock.h"

namespace sockwatch {

/// A process, or how the search for one ended.
using Owner = std::variant<ProcessId, SearchEnd>;

enum class Sighting { first, again };

struct Seen {
  Sighting sighting = Sighting::first;
  std::optional<Owner> owner;  // what find() gives
};

struct Wanted {
  SocketKey key;
  bool listener = false;  // its owner is verified often, by the descriptor that it was found in
};

class Owners {
 public:
  /// `max_processes`: owner processes that are kept, each with one open descriptor.
  explicit Owners(std::shared_ptr<const kernel::Directory> proc, std::size_t max_processes = 16384)
      : proc_(std::move(proc)), max_processes_(max_processes) {}

  /// The known owner; nothing when it must be searched (for), now or again.
  std::optional<Owner> find(const SocketKey& key, MonotonicTime now) const;
  /// The same, and notes the socket in the current full sample: tells whether the sample had it
  /// already. A socket that is not known yet is `first` each time: search() notes it.
  Seen see(const SocketKey& key, MonotonicTime now);
  /// The same for many, which is faster: their look-ups wait for memory together. `seen` gets one
  /// for each.
  void see(std::span<const SocketRecord> records, MonotonicTime now, std::vector<Seen>& seen);
  /// Searches /proc for the owners of `wanted`, and on the way for all that had none: find()
  /// answers for each of `wanted` from then on.
  void search(const std::vector<Wanted>& wanted, MonotonicTime now);

  /// False for a listener whose owner was found before it was one: search it as a listener.
  bool is_watched(const SocketKey& key) const;

  /// Starts a full sample.
  void begin_sample() { ++generation_; }
  /// Asks each owner process whether it still is what it was.
  void revalidate_processes() { processes_.revalidate(); }
  /// Reads again the descriptor of each listener that was not verified for 5 s.
  void verify_listeners(MonotonicTime now);
  /// Forgets sockets that none of the last `samples` full samples had. After one that is not
  /// complete, more than that one: what failed may only have been missed.
  void forget_unseen(unsigned samples = 1);

  const Process& process(ProcessId id) const { return processes_[id]; }
  std::size_t processes() const { return processes_.size(); }
  std::size_t sockets() const { return owned_.size(); }
  std::size_t searches() const { return searches_; }
  /// Of all searches since the start.
  const ReadErrors& read_errors() const { return read_errors_; }

 private:
  // Small: there is one for each socket. The cookie alone tells which; its inode is only ever 0 or
  // the same.
  struct Owned {
    ProcessId process = 0;
    std::uint32_t generation = 0;
  };
  struct Unowned {  // found nobody, or only process 1, which hands sockets on to services
    std::uint32_t inode = 0;
    std::uint32_t generation = 0;
    bool listener = false;
    SearchEnd end = SearchEnd::unfinished;
    MonotonicTime next_search;
    std::chrono::seconds delay{};
  };
  struct ListenerDescriptor {
    std::uint32_t inode = 0;  // of the socket
    std::string path;         // below /proc/PID
    MonotonicTime verified;
  };

  Seen seen_as(Owned* owned, const SocketKey& key, MonotonicTime now);
  /// Whether the owner needs no other look: it lives, and is not process 1.
  bool is_settled(const Owned* owned) const;
  std::optional<Owner> owner_of(const Owned* owned, const Unowned* unowned,
                                MonotonicTime now) const;
  void settle_unowned(const Wanted& wanted, SearchEnd end, MonotonicTime now);
  void settle_owned(const Wanted& wanted, ProcessId process, const std::string& descriptor,
                    MonotonicTime now);
  void retry_later(const Wanted& wanted, SearchEnd end, MonotonicTime now);
  bool still_holds(const ListenerDescriptor& descriptor, ProcessId process) const;

  std::shared_ptr<const kernel::Directory> proc_;
  std::size_t max_processes_;
  Processes processes_;
  std::uint32_t generation_ = 1;
  std::size_t searches_ = 0;
  ReadErrors read_errors_;
  std::vector<Owned*> looked_up_;                              // of the records in see()
  boost::unordered_flat_map<std::uint64_t, Owned> owned_;      // by cookie
  boost::unordered_flat_map<std::uint64_t, Unowned> unowned_;  // by cookie
  boost::unordered_flat_map<std::uint64_t, ListenerDescriptor> descriptors_;  // by cookie
};

}  // namespace sockwatch
