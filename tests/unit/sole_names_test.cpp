#include "attribution/sole_names.h"

#include <gtest/gtest.h>

#include "attribution/owners.h"
#include "support/proc_tree.h"

namespace sockwatch::test {
namespace {

using std::chrono::seconds;

/// A service with two processes, and a process elsewhere.
class SoleNamesTest : public testing::Test {
 protected:
  SoleNamesTest() {
    tree_.add({.pid = 1, .comm = "systemd"});
    for (const pid_t pid : {50, 60}) tree_.add({.pid = pid, .comm = "web"});
    tree_.add({.pid = 70, .comm = "heir"});
    cgroup_ = tree_.add_cgroup("web.service");
    fill("60\n50\n");
  }

  void fill(const std::string& pids) {
    tree_.write("1/root/sys/fs/cgroup two/web.service/cgroup.procs", pids);
  }
  std::string owner(std::uint32_t inode) const {
    const auto found = owners_.find(key(inode), now_);
    const auto* id = found ? std::get_if<ProcessId>(&*found) : nullptr;
    return id == nullptr ? "" : owners_.process(*id).name;
  }
  static SocketKey key(std::uint32_t inode) { return {1'000'000U + inode, inode}; }
  void search(std::uint32_t inode) {
    owners_.search(
        {{key(inode), false, 0, cgroup_}}, [] { return false; }, now_);
  }
  void next_sample(std::uint32_t inode) {
    owners_.begin_sample();
    owners_.see(key(inode), now_);
    owners_.search(
        {}, [] { return false; }, now_);
    owners_.forget_unseen();
    now_ += seconds(5);
  }

  ProcTree tree_;
  std::uint64_t cgroup_ = 0;
  Cgroups cgroups_{tree_.open()};
  SoleNames names_{tree_.open(), &cgroups_};
  Owners owners_{tree_.open(), 100, &cgroups_};
  MonotonicTime now_{seconds(1000)};
};

TEST_F(SoleNamesTest, AreThoseOfTheFirstProcess) {
  EXPECT_EQ(names_.process_of(cgroup_, now_), 50);
}

TEST_F(SoleNamesTest, AreNoneOfACgroupWithTwoNames) {
  fill("50\n60\n70\n");
  EXPECT_EQ(names_.process_of(cgroup_, now_), std::nullopt);
}

TEST_F(SoleNamesTest, AreNoneOfACgroupWithProcess1OrWithoutProcesses) {
  fill("1\n");
  EXPECT_EQ(names_.process_of(cgroup_, now_), std::nullopt);
  fill("");
  EXPECT_EQ(names_.process_of(cgroup_, now_ + seconds(10)), std::nullopt);
}

TEST_F(SoleNamesTest, AreNoneWhereNamesMayBeCut) {
  for (const pid_t pid : {50, 60}) tree_.exec({.pid = pid, .comm = "fifteen-letters"});
  EXPECT_EQ(names_.process_of(cgroup_, now_), std::nullopt);
}

TEST_F(SoleNamesTest, AreLookedAtAgainAfterTenSeconds) {
  EXPECT_EQ(names_.process_of(cgroup_, now_), 50);
  tree_.exec({.pid = 60, .comm = "helper"});
  EXPECT_EQ(names_.process_of(cgroup_, now_ + seconds(9)), 50);
  EXPECT_EQ(names_.process_of(cgroup_, now_ + seconds(10)), std::nullopt);
}

TEST_F(SoleNamesTest, AnswerForNewSocketsWithoutASearch) {
  tree_.hold(60, 3, 7);
  search(7);
  EXPECT_EQ(owner(7), "web");
  EXPECT_EQ(owners_.searches(), 0U);
}

TEST_F(SoleNamesTest, AreReplacedByTheHolderWithinAMinute) {
  tree_.hold(70, 3, 7);
  search(7);
  EXPECT_EQ(owner(7), "web");
  for (int sample = 0; sample < 12; ++sample) next_sample(7);
  EXPECT_EQ(owner(7), "heir");
  EXPECT_EQ(owners_.searches(), 1U);
}

TEST_F(SoleNamesTest, AreTakenBackWhereNobodyHoldsTheSocket) {
  search(7);
  EXPECT_EQ(owner(7), "web");
  for (int sample = 0; sample < 12; ++sample) next_sample(7);
  EXPECT_EQ(owner(7), "");
  search(7);
  EXPECT_EQ(owners_.find(key(7), now_), Owner(SearchEnd::nobody)) << "and not given again";
}

TEST_F(SoleNamesTest, DoNotAnswerForListeners) {
  tree_.hold(70, 3, 7);
  owners_.search_urgent(
      {{key(7), true, 0, cgroup_}}, [] { return false; }, now_);
  EXPECT_EQ(owner(7), "heir");
}

TEST_F(SoleNamesTest, OfSocketsThatAreGoneCauseNoSearch) {
  search(7);
  for (int sample = 0; sample < 12; ++sample) next_sample(8);
  EXPECT_EQ(owners_.searches(), 0U);
}

}  // namespace
}  // namespace sockwatch::test
