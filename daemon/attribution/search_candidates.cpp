#include "attribution/search_candidates.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <tuple>

#include "attribution/process_facts.h"

namespace sockwatch {
namespace {

// PROC_PID_INIT_INO of the kernel.
constexpr std::string_view kInitialPidNamespace = "pid:[4026531836]";

pid_t pid_of(const char* name) {
  pid_t pid = 0;
  const char* end = name + std::strlen(name);
  return std::from_chars(name, end, pid).ptr == end ? pid : 0;
}

}  // namespace

Result<void> SearchCandidates::list(const kernel::Directory& proc) {
  std::vector<Candidate> now;
  const auto listed = proc.for_each_entry([&](const kernel::Entry& entry) {
    const pid_t pid = pid_of(entry.name);
    if (pid <= 0) return;
    const auto known = std::ranges::lower_bound(running_, pid, {}, &Candidate::pid);
    const bool same = known != running_.end() && known->pid == pid && known->inode == entry.inode;
    now.push_back(same ? *known : Candidate{.pid = pid, .inode = entry.inode});
  });
  if (!listed) return within("list processes", listed.error());
  std::ranges::sort(now, {}, &Candidate::pid);
  running_ = std::move(now);
  described_ = 0;
  return {};
}

bool SearchCandidates::describe_next(const kernel::Directory& proc) {
  while (described_ < running_.size() && running_[described_].described) ++described_;
  if (described_ == running_.size()) return false;
  Candidate& candidate = running_[described_];
  const std::string pid = std::to_string(candidate.pid);
  const auto text = proc.read_file(pid + "/stat");
  const auto stat = text ? parse_process_stat(*text) : std::nullopt;
  if (stat) candidate.start_time = stat->start_time;
  if (const auto stamp = proc.stamp(pid)) candidate.uid = stamp->uid;
  candidate.described = true;
  return true;
}

std::vector<pid_t> SearchCandidates::in_order(const SearchHints& hints) const {
  using Place = std::tuple<int, std::uint64_t, pid_t>;
  std::vector<Place> places;
  places.reserve(running_.size());
  for (const Candidate& candidate : running_) {
    places.emplace_back(stage(candidate, hints), candidate.start_time, candidate.pid);
  }
  std::ranges::sort(places);
  std::vector<pid_t> pids;
  pids.reserve(places.size());
  for (const Place& place : places) pids.push_back(std::get<2>(place));
  return pids;
}

int SearchCandidates::stage(const Candidate& candidate, const SearchHints& hints) const {
  if (candidate.pid == 1) return 3;
  if (hints.pids.contains(candidate.pid)) return 0;
  return candidate.uid && hints.uids.contains(*candidate.uid) ? 1 : 2;
}

SearchCandidates::Candidate* SearchCandidates::find(pid_t pid) {
  const auto found = std::ranges::lower_bound(running_, pid, {}, &Candidate::pid);
  return found != running_.end() && found->pid == pid ? &*found : nullptr;
}

bool SearchCandidates::changed_since(const kernel::Directory& proc, pid_t pid,
                                     std::uint64_t before) {
  Candidate* const candidate = find(pid);
  if (candidate == nullptr) return true;
  const auto stamp = proc.stamp(std::to_string(pid) + "/fd");
  const std::uint64_t descriptors = stamp ? stamp->entries : 0;
  if (descriptors == 0 || descriptors != candidate->descriptors) candidate->changed = ++changes_;
  candidate->descriptors = descriptors;
  return candidate->changed > before;
}

void SearchCandidates::not_read(pid_t pid) {
  if (Candidate* const candidate = find(pid)) candidate->descriptors = 0;
}

bool SearchCandidates::hides_processes(const kernel::Directory& proc) const {
  const auto pid_namespace = proc.read_link("self/ns/pid");
  const bool inner = pid_namespace && *pid_namespace != kInitialPidNamespace;
  return inner || !std::ranges::binary_search(running_, 1, {}, &Candidate::pid);
}

}  // namespace sockwatch
