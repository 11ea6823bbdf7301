#include "kernel/directory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "support/checked.h"
#include "support/owned_fd.h"

namespace sockwatch::test {
namespace {

TEST(Directory, ListsDescriptorsInPartsWhileOthersAreClosed) {
  std::vector<OwnedFd> descriptors;
  std::set<std::string> kept;
  for (int i = 0; i < 300; ++i) {
    descriptors.emplace_back(checked(::dup(STDIN_FILENO), "duplicate"));
    if (i >= 20) kept.insert(std::to_string(descriptors.back().get()));
  }
  const auto directory = kernel::open_directory("/proc/self/fd").value();
  std::multiset<std::string> listed;
  std::optional<std::uint64_t> position = 0;
  while (position) {
    std::size_t part = 0;
    position = directory
                   ->for_entries_from(*position,
                                      [&](const kernel::Entry& entry) {
                                        listed.insert(entry.name);
                                        return ++part < 7;
                                      })
                   .value();
    if (descriptors.size() > 280) descriptors.erase(descriptors.begin());
  }
  for (const std::string& name : kept) EXPECT_EQ(listed.count(name), 1U) << name;
}

}  // namespace
}  // namespace sockwatch::test
