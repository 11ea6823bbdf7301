// Users of whose processes none may be read: their sockets need no search, and no memory each.
// Threads: one.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "kernel/directory.h"
#include "support/clock.h"

namespace sockwatch {

class UnreadableUsers {
 public:
  explicit UnreadableUsers(std::shared_ptr<const kernel::Directory> proc)
      : proc_(std::move(proc)) {}

  bool contains(std::uint32_t uid) const {
    return unreadable_.contains(uid) || (hidden_ && !readable_.contains(uid));
  }
  bool any() const { return hidden_ || !unreadable_.empty(); }
  /// Looks at the processes of the host, unless that was done in the last minute, or all could be
  /// read then and no search met one since that could not.
  void refresh(MonotonicTime now);
  /// A search met a process that may not be read.
  void met_one() { met_ = true; }

 private:
  void look();

  std::shared_ptr<const kernel::Directory> proc_;
  boost::unordered_flat_set<std::uint32_t> readable_;
  boost::unordered_flat_set<std::uint32_t> unreadable_;
  bool hidden_ = false;  // hidepid leaves out processes of other users
  bool met_ = false;
  std::optional<MonotonicTime> looked_;
};

}  // namespace sockwatch
