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

}  // namespace

ProcessId Processes::add(HolderProcess&& found) {
  const std::pair start{found.pid, found.start_time};
  const auto known = by_start_.find(start);
  if (known != by_start_.end()) {
    const Process& process = slots_[known->second];
    // Two processes with one pid can start in one clock tick: the old directory tells.
    if (!process.gone && running_program(*process.directory)) return known->second;
  }
  ProcessId id = static_cast<ProcessId>(slots_.size());
  if (free_.empty()) {
    slots_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  Process& process = slots_[id];
  process =
      Process{found.pid, found.start_time, std::move(found.directory), {}, {}, {}, {}, {}, false};
  if (auto program = running_program(*process.directory)) {
    process.comm = std::move(program->comm);
    process.exe = std::move(program->exe);
  } else {
    process.gone = true;
  }
  process.name = process_name(process.comm, process.exe);
  read_cgroup(process);
  by_start_[start] = id;
  return id;
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
