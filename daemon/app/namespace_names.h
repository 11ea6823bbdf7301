// The label of each network namespace. Pure but for what it remembers: a label once given stays
// with its namespace as long as that lives. Threads: one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/clock.h"

namespace sockwatch {

inline constexpr std::string_view kHostNamespace = "host";
inline constexpr std::string_view kOtherNamespaces = "other";

struct NamespaceFacts {
  std::uint64_t identity = 0;  // the cookie; where it is not known, the inode number
  std::string name;            // raw, of `ip netns`; "" for others
  std::string cgroup;          // path of a process in it; "" when there is none
};

class NamespaceNames {
 public:
  /// One label for each of `alive`, which is all but the host's, in order: the name of `ip netns`,
  /// "container:<12 hex>" or "ns-<identity>"; "other" for the first 60 s after it was first seen,
  /// and while `limit` older ones have labels. Those of the first call are old enough. No two are
  /// alike but "other"; a name that reads like a label of another kind has its first byte escaped.
  /// A label is chosen when it is given: later changes of name or cgroup do not change it.
  std::vector<std::string> labels(std::span<const NamespaceFacts> alive, std::size_t limit,
                                  MonotonicTime now);

 private:
  struct Known {
    MonotonicTime since;
    bool old = false;   // was there in the first call
    std::string label;  // "" until it has one
  };

  void forget_all_but(std::span<const NamespaceFacts> alive);
  std::string free_label(const NamespaceFacts& facts) const;

  std::map<std::uint64_t, Known> known_;
  std::set<std::string> taken_;
  bool called_before_ = false;
};

}  // namespace sockwatch
