#include "attribution/unreadable_users.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "attribution/owners.h"
#include "support/memory_directory.h"
#include "support/proc_tree.h"
#include "support/watched_directory.h"

namespace sockwatch::test {
namespace {

using std::chrono::seconds;

const std::uint32_t kUser = ::getuid();

/// A /proc of which no table may be listed, or only one. All its processes are of our user.
class UnreadableUsersTest : public testing::Test {
 protected:
  UnreadableUsersTest() {
    for (const pid_t pid : {1, 50, 60}) tree_.add({.pid = pid});
    tree_.hold(60, 3, 7);
  }

  std::shared_ptr<const kernel::Directory> proc() {
    return watched(tree_.open(), [this](const std::string& path) {
      const bool table = path.ends_with("/fd");
      return table && refused_ && path != readable_ ? EACCES : 0;
    });
  }

  ProcTree tree_;
  bool refused_ = true;
  std::string readable_;
  MonotonicTime now_{seconds(1000)};
};

TEST_F(UnreadableUsersTest, AreThoseOfWhomNoProcessMayBeRead) {
  UnreadableUsers users(proc());
  EXPECT_FALSE(users.contains(kUser));
  users.refresh(now_);
  EXPECT_TRUE(users.contains(kUser));
  EXPECT_FALSE(users.contains(kUser + 1)) << "has no process";
}

TEST_F(UnreadableUsersTest, AreNotThoseOfWhomOneProcessMayBeRead) {
  readable_ = "60/fd";
  UnreadableUsers users(proc());
  users.refresh(now_);
  EXPECT_FALSE(users.contains(kUser));
  EXPECT_FALSE(users.any());
}

TEST_F(UnreadableUsersTest, AreAllOthersWhereProcessesAreHidden) {
  refused_ = false;
  tree_.end(1);
  UnreadableUsers users(proc());
  users.refresh(now_);
  EXPECT_FALSE(users.contains(kUser));
  EXPECT_TRUE(users.contains(kUser + 1));
}

TEST_F(UnreadableUsersTest, AreLookedForAgainOnceAMinute) {
  UnreadableUsers users(proc());
  users.refresh(now_);
  refused_ = false;
  users.refresh(now_ + seconds(59));
  EXPECT_TRUE(users.contains(kUser));
  users.refresh(now_ + seconds(60));
  EXPECT_FALSE(users.contains(kUser));
}

TEST_F(UnreadableUsersTest, AreNotLookedForAgainWhereAllCouldBeRead) {
  refused_ = false;
  UnreadableUsers users(proc());
  users.refresh(now_);
  refused_ = true;
  users.refresh(now_ + seconds(3600));
  EXPECT_FALSE(users.contains(kUser));
  users.met_one();
  users.refresh(now_ + seconds(7200));
  EXPECT_TRUE(users.contains(kUser));
}

TEST_F(UnreadableUsersTest, HaveSocketsThatNeedNoSearchAndNoMemory) {
  Owners owners(proc());
  SocketRecord record;
  record.key = {1'000'007, 7};
  record.uid = kUser;
  for (int sample = 0; sample < 3; ++sample) {
    owners.begin_sample();
    owners.revalidate_processes(now_);
    EXPECT_EQ(owners.see(record, now_).owner, Owner(SearchEnd::unreadable));
    owners.forget_unseen();
    now_ += seconds(5);
  }
  EXPECT_EQ(owners.searches(), 0U);
  EXPECT_EQ(owners.sockets(), 0U);
}

TEST_F(UnreadableUsersTest, HaveListenersThatAreSearchedOnceAMinute) {
  Owners owners(proc());
  owners.revalidate_processes(now_);
  const SocketKey key{1'000'007, 7};
  const auto look = [&] {
    if (!owners.find(key, now_)) {
      owners.search_urgent(
          {{key, true, 0, 0}}, [] { return false; }, now_);
    }
    return owners.find(key, now_);
  };
  EXPECT_EQ(look(), Owner(SearchEnd::unreadable));
  readable_ = "60/fd";
  now_ += seconds(59);
  EXPECT_EQ(look(), Owner(SearchEnd::unreadable));
  EXPECT_EQ(owners.searches(), 1U);
  now_ += seconds(1);
  EXPECT_TRUE(std::holds_alternative<ProcessId>(look().value()));
}

}  // namespace
}  // namespace sockwatch::test
