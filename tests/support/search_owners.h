// One search for owners to its end. Threads: one.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <vector>

#include "attribution/owner_search.h"

namespace sockwatch::test {

struct Holder {
  std::size_t process = 0;  // index into SearchResult::processes
  std::string descriptor;   // path below /proc/PID, as "fd/7" or "task/12/fd/7"
};

struct SearchResult {
  std::vector<HolderProcess> processes;
  boost::unordered_flat_map<std::uint32_t, Holder> by_inode;
  SearchEnd end = SearchEnd::nobody;
  ReadErrors errors;
  std::size_t parts = 0;
};

/// `enough` is asked as by a cycle; each part that it ends is followed by the next at once.
SearchResult search_owners(
    const kernel::Directory& proc, const std::vector<std::uint32_t>& inodes,
    std::size_t room = SIZE_MAX, const SearchHints& hints = {},
    const Enough& enough = [] { return false; });

}  // namespace sockwatch::test
