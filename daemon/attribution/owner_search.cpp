#include "attribution/owner_search.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "attribution/process_facts.h"

namespace sockwatch {
namespace {

// Descriptors between two questions whether it is enough.
constexpr std::size_t kDescriptors = 64;
// Of one part, to keep what it holds small.
constexpr std::size_t kMaxHoldings = 16384;

bool has_ended(int code) {
  return code == ENOENT || code == ESRCH;
}

int number_of(const char* name) {
  int number = 0;
  std::from_chars(name, name + std::strlen(name), number);
  return number;
}

}  // namespace

Holdings OwnerSearch::look(const Enough& enough, bool room) {
  next_ = place_;
  switch (place_.phase) {
    case Phase::listing:
      list();
      return {};
    case Phase::describing:
      describe(enough);
      return {};
    case Phase::processes:
    case Phase::threads:
      return look_at_process(enough, room);
    case Phase::over:
      break;
  }
  return {};
}

void OwnerSearch::advance(const Holdings& accepted) {
  for (const Holdings::Socket& socket : accepted.sockets) sockets_.done(*socket.socket);
  place_ = next_;
}

void OwnerSearch::list() {
  begun_ = candidates_.changes();
  if (const auto listed = candidates_.list(proc_); !listed) {
    note(0, listed.error().code);
    end_ = SearchEnd::unfinished;
    next_.phase = Phase::over;
    return;
  }
  if (candidates_.hides_processes(proc_)) judge(EACCES);
  next_.phase = Phase::describing;
}

void OwnerSearch::describe(const Enough& enough) {
  do {
    if (candidates_.describe_next(proc_)) continue;
    order_ = candidates_.in_order(hints_);
    next_ = {order_.empty() ? Phase::over : Phase::processes, 0, 0, 0};
    return;
  } while (!enough());
}

OwnerSearch::Place OwnerSearch::after_candidate() const {
  if (place_.candidate + 1 < order_.size()) return {place_.phase, place_.candidate + 1, 0, 0};
  return {place_.phase == Phase::processes ? Phase::threads : Phase::over, 0, 0, 0};
}

Holdings OwnerSearch::look_at_process(const Enough& enough, bool room) {
  const pid_t pid = order_[place_.candidate];
  next_ = after_candidate();
  if (is_excluded(pid)) return {};
  auto directory = proc_.open(std::to_string(pid));
  if (!directory) {
    note(pid, directory.error().code);
    return {};
  }
  Visit visit{pid, std::move(*directory), room};
  if (place_.phase == Phase::threads) {
    scan_threads(visit, enough);
  } else {
    scan_table(visit, "fd", enough);
  }
  if (visit.lost_some) {
    if (const auto still = visit.directory->stamp("stat"); !still) note(pid, still.error().code);
  }
  return std::move(visit.holdings);
}

bool OwnerSearch::is_excluded(pid_t pid) {
  if (place_.phase == Phase::threads) return !is_complete() || unread_.contains(pid);
  return place_.entry == 0 && !candidates_.changed_since(proc_, pid, hints_.searched);
}

/// Then its table is the one of the process.
bool OwnerSearch::has_one_thread(const kernel::Directory& process) {
  const auto stamp = process.stamp("task");
  return stamp && stamp->links == 3;
}

/// Up to the first that holds something, or that is too much for now.
void OwnerSearch::scan_threads(Visit& visit, const Enough& enough) {
  if (has_one_thread(*visit.directory)) return;
  const auto tasks = visit.directory->open("task");
  if (!tasks) return failed(visit, tasks.error().code);
  std::vector<pid_t> threads;
  const auto listed = (*tasks)->for_each_entry([&](const kernel::Entry& thread) {
    const pid_t tid = number_of(thread.name);
    if (tid >= place_.thread) threads.push_back(tid);
  });
  if (!listed) return failed(visit, listed.error().code);
  std::ranges::sort(threads);
  for (const pid_t tid : threads) {
    if (tid > place_.thread) place_ = {place_.phase, place_.candidate, tid, 0};
    if (!scan_table(visit, "task/" + std::to_string(tid) + "/fd", enough)) return;
    if (!visit.holdings.sockets.empty() || enough()) {
      next_ = {place_.phase, place_.candidate, tid + 1, 0};
      return;
    }
  }
}

bool OwnerSearch::scan_table(Visit& visit, const std::string& table, const Enough& enough) {
  const auto opened = visit.directory->open(table);
  if (!opened) return failed(visit, opened.error().code), true;
  visit.holdings.table = table;
  std::size_t seen = 0;
  const auto rest = (*opened)->for_entries_from(place_.entry, [&](const kernel::Entry& entry) {
    std::array<char, kLongestSocketLink> buffer;
    const auto link = (*opened)->read_link(entry.name, buffer);
    if (!link) failed(visit, link.error().code);
    const auto inode = link ? socket_inode(*link) : std::nullopt;
    if (inode) found(visit, *inode, entry.name);
    const bool full = visit.holdings.sockets.size() >= kMaxHoldings;
    return !full && (++seen % kDescriptors != 0 || !enough());
  });
  if (!rest) return failed(visit, rest.error().code), true;
  if (!*rest) return true;
  next_ = {place_.phase, place_.candidate, place_.thread, **rest};
  return false;
}

void OwnerSearch::found(Visit& visit, std::uint32_t inode, const char* descriptor) {
  sockets_.for_each_of(inode, [&](WantedSocket& socket) {
    Holdings& holdings = visit.holdings;
    if (!holdings.process) {
      auto process = visit.room ? describe_holder(*visit.directory, visit.pid)
                                : system_failure("keep processes open", EMFILE);
      if (!process) return failed(visit, process.error().code);
      holdings.process = *std::move(process);
    }
    holdings.sockets.push_back({&socket, number_of(descriptor)});
  });
}

Result<HolderProcess> describe_holder(const kernel::Directory& directory, pid_t pid) {
  const auto text = directory.read_file("stat");
  if (!text) return tl::unexpected(text.error());
  auto stat = parse_process_stat(*text);
  if (!stat) return system_failure("stat", EBADMSG);
  auto kept = directory.open(".");
  if (!kept) return tl::unexpected(kept.error());
  return HolderProcess{pid, stat->start_time, std::move(stat->comm), std::move(*kept)};
}

/// A descriptor or a thread may end in a process that goes on.
void OwnerSearch::failed(Visit& visit, int code) {
  if (has_ended(code)) {
    visit.lost_some = true;
  } else {
    note(visit.pid, code);
  }
}

void OwnerSearch::note(pid_t pid, int code) {
  candidates_.not_read(pid);
  if (unread_.insert(pid).second) ++errors_[read_error_of(code)];
  judge(code);
}

/// What an error says of a socket that is not found: a process that ended held nothing.
void OwnerSearch::judge(int code) {
  if (code == EACCES || code == EPERM) {
    if (end_ == SearchEnd::nobody) end_ = SearchEnd::unreadable;
  } else if (!has_ended(code)) {
    end_ = SearchEnd::unfinished;
  }
}

ReadError read_error_of(int code) {
  if (has_ended(code)) return ReadError::gone;
  if (code == EACCES || code == EPERM) return ReadError::permission;
  if (code == EMFILE || code == ENFILE) return ReadError::descriptors;
  return ReadError::other;
}

std::optional<std::uint32_t> socket_inode(std::string_view link) {
  static constexpr std::string_view kPrefix = "socket:[";
  if (!link.starts_with(kPrefix) || !link.ends_with(']')) return std::nullopt;
  const char* first = link.data() + kPrefix.size();
  const char* last = link.data() + link.size() - 1;
  std::uint32_t inode = 0;
  const auto number = std::from_chars(first, last, inode);
  if (number.ec != std::errc{} || number.ptr != last) return std::nullopt;
  return inode;
}

}  // namespace sockwatch
