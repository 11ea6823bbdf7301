#include "attribution/owner_search.h"

#include <algorithm>
#include <array>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cerrno>
#include <charconv>
#include <tuple>

#include "attribution/process_facts.h"

namespace sockwatch {
namespace {

// PROC_PID_INIT_INO of the kernel.
constexpr std::string_view kInitialPidNamespace = "pid:[4026531836]";
// "socket:[4294967295]" and one more, so that nothing longer looks like it when it is cut.
constexpr std::size_t kLongestSocketLink = 20;

bool has_ended(int code) {
  return code == ENOENT || code == ESRCH;
}

bool precedes(const HolderProcess& a, const HolderProcess& b) {
  return std::tuple(a.pid == 1, a.start_time, a.pid) < std::tuple(b.pid == 1, b.start_time, b.pid);
}

class Search {
 public:
  Search(const kernel::Directory& proc, const std::vector<std::uint32_t>& inodes, std::size_t room)
      : proc_(proc), room_(room) {
    wanted_.insert(inodes.begin(), inodes.end());
  }

  SearchResult run() {
    const auto pids = kernel::pids_of(proc_);
    if (!pids) {
      note(0, pids.error().code);
      result_.end = SearchEnd::unfinished;
      return std::move(result_);
    }
    if (hides_processes(*pids)) judge(EACCES);
    for (const pid_t pid : *pids) visit(pid, &Search::scan_process);
    erase_if(wanted_, [this](const auto& inode) { return result_.by_inode.contains(inode); });
    if (!wanted_.empty()) {
      for (const pid_t pid : *pids) visit(pid, &Search::scan_threads);
    }
    return std::move(result_);
  }

 private:
  struct Visit {
    pid_t pid;
    std::unique_ptr<kernel::Directory> directory;
    std::optional<std::size_t> index = {};  // in result_.processes, once it is a holder
    bool lost_some = false;                 // a part of it was listed and is not there any more
  };

  void visit(pid_t pid, void (Search::*scan)(Visit&)) {
    auto directory = proc_.open(std::to_string(pid));
    if (!directory) return note(pid, directory.error().code);
    Visit visit{pid, std::move(*directory)};
    (this->*scan)(visit);
    if (!visit.lost_some) return;
    if (const auto still = visit.directory->stamp("stat"); !still) note(pid, still.error().code);
  }

  /// hidepid leaves out other users' processes, process 1 among them; a pid namespace of our own
  /// leaves out the host's.
  bool hides_processes(const std::vector<pid_t>& pids) const {
    const auto pid_namespace = proc_.read_link("self/ns/pid");
    const bool inner = pid_namespace && *pid_namespace != kInitialPidNamespace;
    return inner || std::ranges::find(pids, 1) == pids.end();
  }

  void scan_process(Visit& visit) { scan_table(visit, "fd"); }

  void scan_threads(Visit& visit) {
    const auto tasks = visit.directory->open("task");
    if (!tasks) return failed(visit, tasks.error().code);
    const auto listed = (*tasks)->for_each_entry([&](const kernel::Entry& thread) {
      scan_table(visit, "task/" + std::string(thread.name) + "/fd");
    });
    if (!listed) failed(visit, listed.error().code);
  }

  void scan_table(Visit& visit, const std::string& table) {
    const auto opened = visit.directory->open(table);
    if (!opened) return failed(visit, opened.error().code);
    const auto listed = (*opened)->for_each_entry([&](const kernel::Entry& descriptor) {
      std::array<char, kLongestSocketLink> buffer;
      const auto link = (*opened)->read_link(descriptor.name, buffer);
      if (!link) return failed(visit, link.error().code);
      const auto inode = socket_inode(*link);
      const auto wanted = inode ? wanted_.find(*inode) : wanted_.end();
      if (wanted != wanted_.end()) found(visit, *inode, table + "/" + descriptor.name);
    });
    if (!listed) failed(visit, listed.error().code);
  }

  void found(Visit& visit, std::uint32_t inode, std::string descriptor) {
    const auto process = holder(visit);
    if (!process) return;
    const auto [place, added] = result_.by_inode.try_emplace(inode);
    Holder& owner = place->second;
    if (added || precedes(result_.processes[*process], result_.processes[owner.process])) {
      owner = {*process, std::move(descriptor)};
    }
  }

  std::optional<std::size_t> holder(Visit& visit) {
    if (visit.index) return visit.index;
    auto process = read_process(visit);
    if (!process) {
      failed(visit, process.error().code);
      return std::nullopt;
    }
    visit.index = result_.processes.size();
    result_.processes.push_back(*std::move(process));
    return visit.index;
  }

  Result<HolderProcess> read_process(const Visit& visit) const {
    if (result_.processes.size() >= room_) return system_failure("keep processes open", EMFILE);
    const auto text = visit.directory->read_file("stat");
    if (!text) return tl::unexpected(text.error());
    auto stat = parse_process_stat(*text);
    if (!stat) return system_failure("stat", EBADMSG);
    auto kept = visit.directory->open(".");
    if (!kept) return tl::unexpected(kept.error());
    return HolderProcess{visit.pid, stat->start_time, std::move(stat->comm), std::move(*kept)};
  }

  /// A descriptor or a thread may end in a process that goes on.
  void failed(Visit& visit, int code) {
    if (has_ended(code)) {
      visit.lost_some = true;
    } else {
      note(visit.pid, code);
    }
  }

  void note(pid_t pid, int code) {
    if (unread_.insert(pid).second) ++result_.errors[read_error_of(code)];
    judge(code);
  }

  /// What an error says of a socket that is not found: a process that ended held nothing.
  void judge(int code) {
    if (code == EACCES || code == EPERM) {
      if (result_.end == SearchEnd::nobody) result_.end = SearchEnd::unreadable;
    } else if (!has_ended(code)) {
      result_.end = SearchEnd::unfinished;
    }
  }

  const kernel::Directory& proc_;
  std::size_t room_;
  boost::unordered_flat_set<std::uint32_t> wanted_;
  boost::unordered_flat_set<pid_t> unread_;  // those that are in result_.errors
  SearchResult result_;
};

}  // namespace

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

SearchResult search_owners(const kernel::Directory& proc, const std::vector<std::uint32_t>& inodes,
                           std::size_t room) {
  return Search(proc, inodes, room).run();
}

}  // namespace sockwatch
