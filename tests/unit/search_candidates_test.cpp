// On the real /proc of this process: the kernel alone can tell how many descriptors it has.
#include "attribution/search_candidates.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

#include "attribution/owners.h"
#include "support/owned_fd.h"
#include "support/proc_tree.h"
#include "support/watched_directory.h"

namespace sockwatch::test {
namespace {

using std::chrono::seconds;

class SearchCandidatesTest : public testing::Test {
 protected:
  void SetUp() override {
    tree_.link(self_, "/proc/" + self_);
    proc_ = tree_.open();
    const auto stamp = proc_->stamp(self_ + "/fd");
    if (!stamp || stamp->entries == 0) GTEST_SKIP() << "needs Linux 6.2";
  }

  std::shared_ptr<const kernel::Directory> counting() {
    return watched(proc_, [this](const std::string& path) {
      ++asked_[path];
      return 0;
    });
  }
  static OwnedFd open_one() { return OwnedFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

  const std::string self_ = std::to_string(::getpid());
  ProcTree tree_;
  std::shared_ptr<const kernel::Directory> proc_;  // with this process alone
  std::map<std::string, int> asked_;               // how often, by path
};

TEST_F(SearchCandidatesTest, NoticeWhenAProcessOpensOrClosesADescriptor) {
  SearchCandidates candidates;
  ASSERT_TRUE(candidates.list(*proc_));
  const auto changed = [&](std::uint64_t before) {
    return candidates.changed_since(*proc_, ::getpid(), before);
  };
  EXPECT_TRUE(changed(candidates.changes())) << "not looked at yet";
  const std::uint64_t before = candidates.changes();
  EXPECT_FALSE(changed(before));
  OwnedFd opened = open_one();
  EXPECT_TRUE(changed(before));
  EXPECT_TRUE(changed(before)) << "for whoever asks";
  const std::uint64_t between = candidates.changes();
  EXPECT_FALSE(changed(between));
  opened = {};
  EXPECT_TRUE(changed(between));
}

TEST_F(SearchCandidatesTest, OfSearchesThatAreRepeatedAreThoseThatChanged) {
  Owners owners(counting());
  MonotonicTime now{seconds(1000)};
  seconds delay{1};
  const auto looks = [&] {
    const int before = asked_[self_ + "/fd/0"];
    owners.search(
        {{{1'000'001, 1}, false, 0, 0}}, [] { return false; }, now);
    now += delay;
    delay *= 2;
    return asked_[self_ + "/fd/0"] - before;
  };
  EXPECT_EQ(looks(), 1);
  EXPECT_EQ(looks(), 1) << "it changed after the first began";
  EXPECT_EQ(looks(), 0);
  const OwnedFd opened = open_one();
  EXPECT_EQ(looks(), 1);
  EXPECT_EQ(looks(), 1) << "it changed after that one began";
  EXPECT_EQ(looks(), 0);
  now += seconds(600);
  EXPECT_EQ(looks(), 1);
}

TEST_F(SearchCandidatesTest, WithOneThreadHaveOneTable) {
  Owners owners(counting());
  owners.search({{{1'000'001, 1}, false, 0, 0}}, [] { return false; }, {});
  EXPECT_EQ(asked_[self_ + "/fd/0"], 1);
  EXPECT_EQ(asked_[self_ + "/task/" + self_ + "/fd/0"], 0);
}

}  // namespace
}  // namespace sockwatch::test
