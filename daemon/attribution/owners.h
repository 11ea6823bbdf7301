// Who owns each socket, kept from sample to sample by cookie. /proc is searched only for sockets
// that are new, whose owner is gone, or whose last search found nobody (again, ever more rarely),
// within the budget of a cycle: the rest waits for the next.
// Threads: one.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "attribution/cgroups.h"
#include "attribution/owner_table.h"
#include "attribution/processes.h"
#include "attribution/sample_marks.h"
#include "attribution/search_backlog.h"
#include "attribution/sole_names.h"
#include "attribution/unreadable_users.h"
#include "sockets/socket_record.h"
#include "support/clock.h"

namespace sockwatch {

/// A process, or how the search for one ended.
using Owner = std::variant<ProcessId, SearchEnd>;

struct Seen {
  Sighting sighting = Sighting::first;
  std::optional<Owner> owner;  // what find() gives
};

class Owners {
 public:
  /// `max_processes`: owner processes that are kept, each with one open descriptor. `cgroups`,
  /// which may be null, tells in which processes to look first, and where none needs to be searched
  /// at once; it lasts as long as this.
  explicit Owners(std::shared_ptr<const kernel::Directory> proc, std::size_t max_processes = 16384,
                  Cgroups* cgroups = nullptr)
      : max_processes_(max_processes),
        proc_(proc),
        cgroups_(cgroups),
        sole_names_(proc, cgroups),
        unreadable_users_(proc),
        urgent_(proc, candidates_),
        others_(proc, candidates_) {}
  Owners(const Owners&) = delete;
  Owners& operator=(const Owners&) = delete;

  /// The known owner; nothing when it must be searched (for), now or again.
  std::optional<Owner> find(const SocketKey& key, MonotonicTime now) const;
  /// The same, and notes the socket in the current full sample: tells whether the sample had it
  /// already. A socket that is not known yet is `first` each time: search() notes it.
  Seen see(const SocketKey& key, MonotonicTime now);
  /// The same, but one of a user whose processes may not be read is `unreadable` at once, and
  /// `first` each time: nothing is kept of it.
  Seen see(const SocketRecord& record, MonotonicTime now);
  /// The same for many, which is faster: their look-ups wait for memory together. `seen` gets one
  /// for each.
  void see(std::span<const SocketRecord> records, MonotonicTime now, std::vector<Seen>& seen);
  /// Searches /proc for the owners of `wanted`, of the current full sample, and goes on with those
  /// that wait, until all are searched or it is enough. find() answers for each from then on:
  /// `unfinished` for those that wait. A new socket of a cgroup whose processes all have one name
  /// is its first one's until it is searched, half a minute later.
  void search(const std::vector<Wanted>& wanted, const Enough& enough, MonotonicTime now);
  /// The same for others that do not wait behind those. May be called while a full dump runs.
  void search_urgent(const std::vector<Wanted>& wanted, const Enough& enough, MonotonicTime now);
  /// One more for the next search(), small: where a sample has too many new ones to wait for.
  void want(const Wanted& wanted) { others_.add_later(wanted, marks_); }
  /// Sockets that wait for their search to go on, those that have the answer of their cgroup too
  /// once their search is due.
  std::size_t backlog() const { return urgent_.size() + others_.size(); }

  /// False for a listener whose owner was found before it was one: search it as a listener.
  bool is_watched(const SocketKey& key) const;

  /// Starts a full sample of the namespace with this number, which ends before the next begins.
  /// At most SampleMarks::kMaxSlot; 0 is the host.
  void begin_sample(std::uint32_t slot = 0) { marks_.begin(slot); }
  /// Asks each owner process whether it still is what it was, and whose processes may be read.
  void revalidate_processes(MonotonicTime now) {
    processes_.revalidate(now);
    unreadable_users_.refresh(now);
  }
  /// Reads again the descriptor of each listener that was not verified for 5 s.
  void verify_listeners(MonotonicTime now);
  /// Forgets sockets that none of the last `samples` full samples of their namespace had. After one
  /// that is not complete, more than that one: what failed may only have been missed.
  void forget_unseen(unsigned samples = 1, std::uint32_t slot = 0);
  /// The namespace is gone, or not sampled any more.
  void forget_all_of(std::uint32_t slot);

  const Process& process(ProcessId id) const { return processes_[id]; }
  std::size_t processes() const { return processes_.size(); }
  std::size_t sockets() const { return owned_.size(); }
  std::size_t searches() const { return urgent_.searches() + others_.searches(); }
  /// Of all searches since the start.
  const ReadErrors& read_errors() const { return read_errors_; }

 private:
  struct Unowned {  // found nobody, or only process 1, which hands sockets on to services
    SampleMarks::Mark mark = 0;
    bool listener = false;
    SearchEnd end = SearchEnd::unfinished;
    MonotonicTime next_search;
    std::chrono::seconds delay{};
    std::uint64_t searched = 0;     // SearchHints::searched
    MonotonicTime complete_search;  // when the next one is due
  };
  struct ListenerDescriptor {
    std::uint32_t inode = 0;  // of the socket
    std::string path;         // below /proc/PID
    MonotonicTime verified;
  };

  /// Whether the owner needs no other look: it lives, is not process 1, and still holds what it
  /// held as far as is known.
  bool is_settled(const OwnerEntry* owned) const;
  bool is_doubted(const OwnerEntry* owned, const SocketKey& key) const;
  bool waits(const SocketKey& key) const;
  std::optional<Owner> owner_of(const OwnerEntry* owned, const Unowned* unowned,
                                const SocketKey& key, MonotonicTime now) const;
  std::vector<Wanted> unanswered(const std::vector<Wanted>& wanted, MonotonicTime now) const;
  /// Answers for those that have the answer of their cgroup; gives the others.
  std::vector<Wanted> answer_by_cgroup(const std::vector<Wanted>& wanted, MonotonicTime now);
  std::optional<ProcessId> open_process(pid_t pid);
  /// SearchHints::searched of all these.
  std::uint64_t searched_before(const std::vector<Wanted>& wanted, MonotonicTime now) const;
  void confirm_answers(MonotonicTime now);
  void go_on_with(SearchBacklog& backlog, const Enough& enough, MonotonicTime now);
  void work_on(SearchBacklog& backlog, const Enough& enough, MonotonicTime now);
  void settle(Holdings& holdings, MonotonicTime now);
  void settle_rest(OwnerSearch& search, MonotonicTime now);
  void set_owner(const WantedSocket& socket, ProcessId process);
  void erase_owner(std::uint64_t cookie);
  Unowned& retry_later(const WantedSocket& socket, SearchEnd end, MonotonicTime now);
  /// Sockets whose mark this is true for.
  template <typename Gone>
  std::size_t forget(const Gone& gone, bool owned);
  void release_unused_processes();
  bool still_holds(const ListenerDescriptor& descriptor, ProcessId process) const;

  std::size_t max_processes_;
  std::shared_ptr<const kernel::Directory> proc_;
  Cgroups* cgroups_;
  SoleNames sole_names_;
  Processes processes_;
  UnreadableUsers unreadable_users_;
  SearchCandidates candidates_;
  SearchBacklog urgent_;
  SearchBacklog others_;
  std::vector<Wanted> unconfirmed_;  // have the answer of their cgroup
  MonotonicTime unconfirmed_since_;
  boost::unordered_flat_set<std::uint64_t> listeners_;  // cookies of listeners in urgent_
  SampleMarks marks_;                                   // counts owned_
  bool changed_ = false;  // an entry of owned_ lost its process since unused ones were released
  ReadErrors read_errors_;
  OwnerTable owned_;                                           // OwnerEntry::generation is a mark
  boost::unordered_flat_map<std::uint64_t, Unowned> unowned_;  // by cookie
  boost::unordered_flat_map<std::uint64_t, ListenerDescriptor> descriptors_;  // by cookie
};

}  // namespace sockwatch
