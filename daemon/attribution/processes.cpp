#include "attribution/processes.h"

#include <cerrno>

#include "attribution/process_facts.h"
#include "attribution/unit.h"

namespace sockwatch {
namespace {

/// Longest waits for another look; `process` waits between a half and all of one.
constexpr std::chrono::milliseconds kExeAge{10'000};
constexpr std::chrono::milliseconds kCgroupAge{30'000};
constexpr std::chrono::milliseconds kCountAge{60'000};

bool is_due(const Process& process, MonotonicTime read, std::chrono::milliseconds age,
            MonotonicTime now) {
  const auto spread = std::chrono::milliseconds(process.pid % (age.count() / 2));
  return now - read >= age / 2 + spread;
}

/// What runs in the process now. /proc/PID/comm costs a fifth of stat, which old recordings have
/// alone.
Result<std::string> comm_of(const kernel::Directory& directory) {
  if (auto comm = directory.read_file("comm")) {
    if (comm->ends_with('\n')) comm->pop_back();
    return comm;
  }
  const auto text = directory.read_file("stat");
  if (!text) return tl::unexpected(text.error());
  auto stat = parse_process_stat(*text);
  if (!stat) return failure("stat cannot be parsed", EBADMSG);
  return std::move(stat->comm);
}

bool has_ended(const Error& error) {
  return error.code == ESRCH || error.code == ENOENT;
}

void read_cgroup(Process& process) {
  const auto text = process.directory->read_file("cgroup");
  if (!text) return;
  process.cgroup_path = cgroup_path(*text);
  process.unit = unit_of_path(process.cgroup_path);
}

/// Two processes with one pid can start in one clock tick: the old directory tells.
bool still_runs(const Process& process) {
  if (process.gone) return false;
  const auto comm = comm_of(*process.directory);
  return comm || !has_ended(comm.error());
}

Process described(HolderProcess&& found) {
  Process process;
  process.pid = found.pid;
  process.start_time = found.start_time;
  process.directory = std::move(found.directory);
  process.comm = std::move(found.comm);
  process.exe = process.directory->read_link("exe").value_or("");
  process.name = process_name(process.comm, process.exe);
  read_cgroup(process);
  process.descriptors.start(*process.directory);
  return process;
}

}  // namespace

ProcessId Processes::add(HolderProcess&& found) {
  const std::pair start{found.pid, found.start_time};
  const auto known = by_start_.find(start);
  if (known != by_start_.end() && still_runs(slots_[known->second])) return known->second;
  Process process = described(std::move(found));
  const ProcessId id = free_slot();
  by_start_[start] = id;
  free_.pop_back();
  slots_[id] = std::move(process);
  return id;
}

/// The last of free_; it is taken when nothing can fail any more.
ProcessId Processes::free_slot() {
  if (free_.empty()) {
    free_.reserve(slots_.size() + 1);  // for all of them, so that giving one back cannot fail
    slots_.emplace_back();
    free_.push_back(static_cast<ProcessId>(slots_.size() - 1));
  }
  return free_.back();
}

void Processes::revalidate(MonotonicTime now) {
  for (Process& process : slots_) {
    if (process.gone || !process.directory) continue;
    const auto comm = comm_of(*process.directory);
    // Any failure but its end says nothing of the process.
    process.gone = comm ? *comm != process.comm : has_ended(comm.error());
    if (!process.gone && is_due(process, process.exe_read, kExeAge, now)) {
      process.exe_read = now;
      process.gone = process.directory->read_link("exe").value_or("") != process.exe;
    }
    if (!process.gone && is_due(process, process.cgroup_read, kCgroupAge, now)) {
      process.cgroup_read = now;
      read_cgroup(process);
    }
    process.descriptors.forget(now);
    if (!process.gone && is_due(process, process.counted, kCountAge, now)) {
      process.counted = now;
      process.descriptors.compare(*process.directory);
    }
  }
}

void Processes::look_at_descriptors(const Enough& enough, MonotonicTime now) {
  for (Process& process : slots_) {
    if (!process.directory || process.gone || !process.descriptors.wants_look()) continue;
    if (enough()) return;
    process.descriptors.look(*process.directory, enough, now);
  }
}

void Processes::release_unused(const std::vector<bool>& in_use) {
  for (ProcessId id = 0; id < slots_.size(); ++id) {
    Process& process = slots_[id];
    if (in_use[id] || !process.directory) continue;
    const auto known = by_start_.find({process.pid, process.start_time});
    if (known != by_start_.end() && known->second == id) by_start_.erase(known);
    process = Process{};
    free_.push_back(id);
  }
}

}  // namespace sockwatch
