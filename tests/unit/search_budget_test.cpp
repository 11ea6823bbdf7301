// New sockets in every cycle, beside many processes, with a budget that is too small for one walk.
#include <gtest/gtest.h>

#include "attribution/owners.h"
#include "support/proc_tree.h"

namespace sockwatch::test {
namespace {

constexpr std::uint32_t kProcesses = 100;

class SearchBudgetTest : public testing::Test {
 protected:
  SearchBudgetTest() {
    for (std::uint32_t process = 0; process < kProcesses; ++process) {
      tree_.add({.pid = pid_of(process)});
    }
  }

  static pid_t pid_of(std::uint32_t inode) { return static_cast<pid_t>(10 + inode % kProcesses); }
  static SocketKey key(std::uint32_t inode) { return {1'000'000U + inode, inode}; }

  /// One cycle, in which `fresh` sockets are new, and the search may ask `budget` times for more.
  void cycle(std::uint32_t fresh, int budget) {
    std::vector<Wanted> wanted;
    for (; fresh > 0; --fresh) {
      const std::uint32_t inode = next_++;
      tree_.hold(pid_of(inode), static_cast<int>(inode), inode);
      wanted.push_back({key(inode), false, 0, 0});
    }
    asked_ = 0;
    owners_.search(wanted, [&] { return ++asked_ >= budget; }, {});
  }
  std::size_t unfinished() const {
    std::size_t count = 0;
    for (std::uint32_t inode = 1; inode < next_; ++inode) {
      if (owners_.find(key(inode), {}) == Owner(SearchEnd::unfinished)) ++count;
    }
    return count;
  }

  ProcTree tree_;
  Owners owners_{tree_.open()};
  std::uint32_t next_ = 1;
  int asked_ = 0;
};

TEST_F(SearchBudgetTest, EachCycleKeepsToItAndCountsTheRest) {
  for (int i = 0; i < 20; ++i) {
    cycle(5, 40);
    EXPECT_LE(asked_, 40 + 2) << "and no step between two questions is long";
    EXPECT_EQ(owners_.backlog(), unfinished());
    EXPECT_LE(owners_.backlog(), 5U * 20);
  }
  EXPECT_GT(owners_.sockets(), 0U) << "while new ones come";
}

TEST_F(SearchBudgetTest, TheBacklogShrinksToNothing) {
  for (int i = 0; i < 5; ++i) cycle(20, 10);
  std::size_t before = owners_.backlog();
  EXPECT_GT(before, 0U);
  for (int i = 0; i < 100 && owners_.backlog() > 0; ++i) {
    cycle(0, 10);
    EXPECT_LE(owners_.backlog(), before);
    before = owners_.backlog();
  }
  EXPECT_EQ(owners_.backlog(), 0U);
  EXPECT_EQ(owners_.sockets(), 100U);
}

}  // namespace
}  // namespace sockwatch::test
