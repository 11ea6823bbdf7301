// Sockets that wait for their owner: those that are searched now, and those of the next search.
// Threads: one.
#pragma once

#include <memory>
#include <optional>

#include "attribution/owner_search.h"

namespace sockwatch {

struct Wanted {
  SocketKey key;
  bool listener = false;  // its owner is verified often, by the descriptor that it was found in
  std::uint32_t uid = 0;
  std::uint64_t cgroup_id = 0;  // 0: not told
  std::uint32_t slot = 0;       // of its namespace, see Owners::begin_sample()
};

/// The processes of a cgroup.
using ProcessesOf = std::function<std::vector<pid_t>(std::uint64_t cgroup_id)>;

class SearchBacklog {
 public:
  /// `candidates` lasts as long as this.
  SearchBacklog(std::shared_ptr<const kernel::Directory> proc, SearchCandidates& candidates)
      : proc_(std::move(proc)), candidates_(candidates) {}

  /// `searched`: SearchHints::searched of them all. Those that wait already, and those beyond
  /// room(), are passed over.
  void add(const std::vector<Wanted>& wanted, const SampleMarks& marks, std::uint64_t searched = 0);
  /// Takes one with the next add(); until then find() does not know it.
  void add_later(const Wanted& wanted, const SampleMarks& marks);
  /// Null when it does not wait.
  WantedSocket* find(const SocketKey& key);
  const WantedSocket* find(const SocketKey& key) const {
    return const_cast<SearchBacklog*>(this)->find(key);
  }
  std::size_t size() const {
    return next_.size() + later_.size() + (search_ ? search_->sockets().size() : 0);
  }
  /// How many more are taken.
  std::size_t room() const;
  /// Those that `unseen(const WantedSocket&)` is true for are not searched any more.
  template <typename Unseen>
  void drop(Unseen&& unseen);

  /// What is searched now; null when nothing waits.
  OwnerSearch* current(const ProcessesOf& processes_of);
  void end_search() { search_.reset(); }
  /// Nothing waits any more.
  void clear();
  std::size_t searches() const { return searches_; }

 private:
  WantedSocket noted(const Wanted& wanted, const SampleMarks& marks);

  std::shared_ptr<const kernel::Directory> proc_;
  SearchCandidates& candidates_;
  std::optional<OwnerSearch> search_;
  WantedSockets next_;
  std::vector<WantedSocket> later_;
  boost::unordered_flat_set<std::uint32_t> next_uids_;
  boost::unordered_flat_set<std::uint64_t> next_cgroups_;
  std::uint64_t next_searched_ = 0;
  std::size_t searches_ = 0;  // begun
};

template <typename Unseen>
void SearchBacklog::drop(Unseen&& unseen) {
  const auto drop_of = [&](WantedSockets& sockets) {
    sockets.for_each([&](WantedSocket& socket) {
      if (unseen(std::as_const(socket))) sockets.done(socket);
    });
  };
  drop_of(next_);
  if (search_) drop_of(search_->sockets());
}

}  // namespace sockwatch
