#include "attribution/processes.h"

#include <cerrno>

#include "attribution/process_facts.h"
#include "attribution/unit.h"

namespace sockwatch {
namespace {

struct Program {
  std::string comm;
  std::string exe;
};

/// What runs in the process now; ESRCH when it has ended.
Result<Program> running_program(const kernel::Directory& directory) {
  const auto text = directory.read_file("stat");
  if (!text) return tl::unexpected(text.error());
  const auto stat = parse_process_stat(*text);
  if (!stat) return failure("stat cannot be parsed", EBADMSG);
  return Program{stat->comm, directory.read_link("exe").value_or("")};
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
  const auto program = running_program(*process.directory);
  return program || !has_ended(program.error());
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

void Processes::revalidate() {
  for (Process& process : slots_) {
    if (process.gone || !process.directory) continue;
    const auto now = running_program(*process.directory);
    process.gone = now ? now->comm != process.comm || now->exe != process.exe
                       : has_ended(now.error());  // any other failure says nothing of the process
    if (!process.gone) read_cgroup(process);
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
