#include "support/search_owners.h"

namespace sockwatch::test {

SearchResult search_owners(const kernel::Directory& proc, const std::vector<std::uint32_t>& inodes,
                           std::size_t room, const SearchHints& hints, const Enough& enough) {
  std::vector<WantedSocket> wanted;
  for (const std::uint32_t inode : inodes) wanted.push_back({1'000'000U + inode, inode, 1});
  SearchCandidates candidates;
  OwnerSearch search(proc, candidates, WantedSockets(std::move(wanted)), hints);
  SearchResult result;
  for (; !search.is_over(); ++result.parts) {
    Holdings holdings = search.look(enough, result.processes.size() < room);
    for (const auto& [socket, descriptor] : holdings.sockets) {
      const std::string path = holdings.table + "/" + std::to_string(descriptor);
      result.by_inode.try_emplace(socket->inode, Holder{result.processes.size(), path});
    }
    search.advance(holdings);
    if (holdings.process) result.processes.push_back(*std::move(holdings.process));
  }
  result.end = search.end();
  result.errors = search.errors();
  return result;
}

}  // namespace sockwatch::test
