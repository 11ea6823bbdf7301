#include "attribution/search_backlog.h"

namespace sockwatch {
namespace {

constexpr std::size_t kMostSockets = std::size_t{1} << 20;
// Asked for their processes by one search; more are as good as all processes.
constexpr std::size_t kMostCgroups = 256;

}  // namespace

void SearchBacklog::add(const std::vector<Wanted>& wanted, const SampleMarks& marks,
                        std::uint64_t searched) {
  if (wanted.empty() && later_.empty()) return;
  if (!later_.empty()) searched = 0;
  next_searched_ = next_.size() == 0 ? searched : std::min(next_searched_, searched);
  std::vector<WantedSocket> sockets = std::exchange(later_, {});
  std::erase_if(sockets, [&](const WantedSocket& socket) {
    return find({socket.cookie, socket.inode}) != nullptr;
  });
  sockets.reserve(sockets.size() + next_.size() + wanted.size());
  next_.for_each([&](const WantedSocket& socket) { sockets.push_back(socket); });
  for (const Wanted& socket : wanted) {
    if (sockets.size() >= kMostSockets) break;
    if (find(socket.key) == nullptr) sockets.push_back(noted(socket, marks));
  }
  next_ = WantedSockets(std::move(sockets));
}

void SearchBacklog::add_later(const Wanted& wanted, const SampleMarks& marks) {
  if (later_.size() < kMostSockets) later_.push_back(noted(wanted, marks));
}

WantedSocket SearchBacklog::noted(const Wanted& wanted, const SampleMarks& marks) {
  next_uids_.insert(wanted.uid);
  if (next_cgroups_.size() < kMostCgroups) next_cgroups_.insert(wanted.cgroup_id);
  return {wanted.key.cookie, wanted.key.inode, marks.last_of(wanted.slot)};
}

void SearchBacklog::clear() {
  search_.reset();
  next_ = {};
  later_.clear();
  next_uids_.clear();
  next_cgroups_.clear();
}

std::size_t SearchBacklog::room() const {
  return kMostSockets - std::min(kMostSockets, next_.size());
}

WantedSocket* SearchBacklog::find(const SocketKey& key) {
  if (WantedSocket* const socket = next_.find(key)) return socket;
  return search_ ? search_->sockets().find(key) : nullptr;
}

OwnerSearch* SearchBacklog::current(const ProcessesOf& processes_of) {
  if (search_ && search_->sockets().size() == 0) search_.reset();
  if (search_ || next_.size() == 0) return search_ ? &*search_ : nullptr;
  SearchHints hints;
  for (const std::uint64_t cgroup : next_cgroups_) {
    for (const pid_t pid : processes_of(cgroup)) hints.pids.insert(pid);
  }
  hints.uids = std::exchange(next_uids_, {});
  hints.searched = next_searched_;
  next_cgroups_ = {};
  search_.emplace(*proc_, candidates_, std::exchange(next_, {}), std::move(hints));
  ++searches_;
  return &*search_;
}

}  // namespace sockwatch
