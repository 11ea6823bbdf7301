// Whether a process still holds the sockets that it was found to hold: it may hand one on while it
// lives. When the number of its descriptors changed, its table is read again, in parts. Sockets in
// tables of single threads are doubted then as well, and found there again by a search.
// Threads: one.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <functional>
#include <optional>

#include "kernel/directory.h"
#include "support/clock.h"

namespace sockwatch {

class DescriptorWatch {
 public:
  /// Of a process that was read now. `process` is /proc/PID. Without the number (Linux before 6.2)
  /// nothing is ever doubted.
  void start(const kernel::Directory& process) { count_ = count(process); }
  /// Compares the number with that of the last look; it wants a new one when it changed.
  void compare(const kernel::Directory& process) {
    if (!wants_look() && count(process) != count_) position_ = 0;
  }
  bool wants_look() const { return position_.has_value(); }
  /// Goes on until the end of the table, or until it is enough.
  void look(const kernel::Directory& process, const std::function<bool()>& enough,
            MonotonicTime now);
  /// Doubts of one look end after 20 s: most sockets were compared then, and their inodes need
  /// memory.
  void forget(MonotonicTime now);

  bool doubts(std::uint32_t inode) const { return looked_ && !held_.contains(inode); }
  bool doubts_some() const { return looked_.has_value(); }
  /// A search found this one.
  void holds(std::uint32_t inode) {
    if (wants_look() || doubts_some()) held_.insert(inode);
  }

 private:
  static std::uint64_t count(const kernel::Directory& process);

  std::uint64_t count_ = 0;                // when the last look began
  std::optional<std::uint64_t> position_;  // in the table, of a look that is wanted or begun
  std::optional<MonotonicTime> looked_;
  boost::unordered_flat_set<std::uint32_t> held_;
};

}  // namespace sockwatch
