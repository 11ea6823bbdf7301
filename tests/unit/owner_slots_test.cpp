#include <gtest/gtest.h>

#include "attribution/owners.h"
#include "support/proc_tree.h"

namespace sockwatch::test {
namespace {

constexpr std::uint32_t kHost = 0;
constexpr std::uint32_t kOther = 3;

/// Sockets of two network namespaces, whose full samples take turns.
class OwnerSlotsTest : public testing::Test {
 protected:
  OwnerSlotsTest() {
    tree_.add({.pid = 50});
    for (const std::uint32_t inode : {7U, 8U}) tree_.hold(50, static_cast<int>(inode), inode);
    search(7, kHost);
    search(8, kOther);
    search(9, kOther);  // nobody's
  }

  static SocketKey key(std::uint32_t inode) { return {1'000'000U + inode, inode}; }
  void search(std::uint32_t inode, std::uint32_t slot) {
    owners_.search({{key(inode), false, 0, 0, slot}}, [] { return false; }, {});
  }
  bool knows(std::uint32_t inode) const { return owners_.find(key(inode), {}).has_value(); }

  ProcTree tree_;
  Owners owners_{tree_.open()};
};

TEST_F(OwnerSlotsTest, SamplesOfOneNamespaceDoNotForgetSocketsOfAnother) {
  for (int sample = 0; sample < 3; ++sample) {
    owners_.begin_sample(kHost);
    owners_.see(key(7), {});
    owners_.forget_unseen(1, kHost);
  }
  EXPECT_TRUE(knows(7));
  EXPECT_TRUE(knows(8));
  EXPECT_TRUE(knows(9));
}

TEST_F(OwnerSlotsTest, SocketsThatTheirNamespaceHasNotAnyMoreAreForgotten) {
  owners_.begin_sample(kOther);
  owners_.forget_unseen(1, kOther);
  EXPECT_TRUE(knows(7));
  EXPECT_FALSE(knows(8));
  EXPECT_FALSE(knows(9));
}

TEST_F(OwnerSlotsTest, SamplesThatAreNotCompleteAreCountedPerNamespace) {
  owners_.begin_sample(kOther);
  for (int sample = 0; sample < 5; ++sample) {
    owners_.begin_sample(kHost);
    owners_.see(key(7), {});
  }
  owners_.forget_unseen(2, kOther);
  EXPECT_TRUE(knows(8));
  owners_.begin_sample(kOther);
  owners_.forget_unseen(2, kOther);
  EXPECT_FALSE(knows(8));
}

TEST_F(OwnerSlotsTest, ANamespaceThatIsGoneTakesItsSocketsAlong) {
  owners_.forget_all_of(kOther);
  EXPECT_EQ(owners_.sockets(), 1U);
  EXPECT_TRUE(knows(7));
  EXPECT_FALSE(knows(9));
}

TEST_F(OwnerSlotsTest, ASocketMayBeSeenInAnotherNamespaceThanItWasSearchedFor) {
  owners_.begin_sample(kHost);
  owners_.see(key(7), {});
  EXPECT_EQ(owners_.see(key(8), {}).sighting, Sighting::first);
  EXPECT_EQ(owners_.see(key(8), {}).sighting, Sighting::again);
  owners_.forget_unseen(1, kHost);
  owners_.forget_all_of(kOther);
  EXPECT_TRUE(knows(8));
  owners_.begin_sample(kHost);
  owners_.forget_unseen(1, kHost);
  EXPECT_EQ(owners_.sockets(), 0U);
}

TEST_F(OwnerSlotsTest, FoundForAnEarlierSampleAreNoSecondSightingInTheNext) {
  tree_.hold(50, 10, 10);
  owners_.begin_sample(kOther);
  owners_.search({{key(10), false, 0, 0, kOther}}, [] { return true; }, {});
  owners_.begin_sample(kHost);
  owners_.begin_sample(kOther);
  owners_.search({}, [] { return false; }, {});
  EXPECT_EQ(owners_.see(key(10), {}).sighting, Sighting::first);
}

TEST(SampleMarks, MayBeCountedForYears) {
  SampleMarks marks;
  SampleMarks::Mark mark = marks.last_of(kOther);
  marks.count(mark);
  for (int sample = 0; sample < (1 << 20) + 5; ++sample) {
    marks.begin(kOther);
    ASSERT_TRUE(marks.is_unseen(mark, 1));
    ASSERT_FALSE(marks.is_unseen(mark, 2));
    ASSERT_FALSE(marks.all_seen(kOther));
    ASSERT_EQ(marks.note_counted(mark), Sighting::first);
    ASSERT_TRUE(marks.all_seen(kOther));
  }
}

}  // namespace
}  // namespace sockwatch::test
