#include "attribution/unreadable_users.h"

#include <algorithm>
#include <cerrno>
#include <string>

namespace sockwatch {
namespace {

constexpr std::chrono::seconds kAge{60};

enum class Access { readable, unreadable, unknown };

/// The permission is asked for when the table is listed, not when its directory is opened.
Access access_to(const kernel::Directory& proc, const std::string& pid) {
  const auto refused = [](const Error& error) {
    return error.code == EACCES || error.code == EPERM ? Access::unreadable : Access::unknown;
  };
  const auto table = proc.open(pid + "/fd");
  if (!table) return refused(table.error());
  const auto listed = (*table)->for_entries_from(0, [](const kernel::Entry&) { return false; });
  return listed ? Access::readable : refused(listed.error());
}

}  // namespace

void UnreadableUsers::refresh(MonotonicTime now) {
  if (looked_ && (now - *looked_ < kAge || !(met_ || hidden_ || !unreadable_.empty()))) return;
  look();
  looked_ = now;
  met_ = false;
}

/// One process that can be read is enough: its user's sockets are searched then.
void UnreadableUsers::look() {
  const auto pids = kernel::pids_of(*proc_);
  if (!pids) return;
  readable_.clear();
  unreadable_.clear();
  hidden_ = std::ranges::find(*pids, 1) == pids->end();
  for (const pid_t pid : *pids) {
    const std::string name = std::to_string(pid);
    const auto stamp = proc_->stamp(name);
    if (!stamp || !stamp->uid || readable_.contains(*stamp->uid)) continue;
    const Access access = access_to(*proc_, name);
    if (access == Access::readable) readable_.insert(*stamp->uid);
    if (access == Access::unreadable) unreadable_.insert(*stamp->uid);
  }
  for (const std::uint32_t uid : readable_) unreadable_.erase(uid);
}

}  // namespace sockwatch
