#include "attribution/sole_names.h"

#include <algorithm>
#include <string>

namespace sockwatch {
namespace {

constexpr std::chrono::seconds kAge{10};
constexpr std::size_t kMostProcesses = 256;
constexpr std::size_t kMostKnown = 4096;
// comm is cut at 15 bytes; one newline follows.
constexpr std::size_t kLongestWhole = 15;

}  // namespace

std::optional<pid_t> SoleNames::process_of(std::uint64_t cgroup_id, MonotonicTime now) {
  if (cgroups_ == nullptr || cgroup_id == 0) return std::nullopt;
  const auto known = known_.find(cgroup_id);
  if (known != known_.end() && now - known->second.looked < kAge) return known->second.process;
  if (known_.size() >= kMostKnown) known_.clear();
  const auto process = look(cgroup_id, now);
  known_[cgroup_id] = {now, process};
  return process;
}

std::optional<pid_t> SoleNames::look(std::uint64_t cgroup_id, MonotonicTime now) const {
  const auto pids = cgroups_->processes(cgroup_id, now);
  if (pids.empty() || pids.size() > kMostProcesses) return std::nullopt;
  if (std::ranges::find(pids, 1) != pids.end()) return std::nullopt;  // hands sockets on
  std::optional<std::string> name;
  for (const pid_t pid : pids) {
    const auto comm = proc_->read_file(std::to_string(pid) + "/comm");
    if (!comm || comm->size() > kLongestWhole) return std::nullopt;
    if (name && *name != *comm) return std::nullopt;
    name = *comm;
  }
  return std::ranges::min(pids);
}

}  // namespace sockwatch
