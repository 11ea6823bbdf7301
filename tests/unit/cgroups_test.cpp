#include "attribution/cgroups.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/proc_tree.h"

namespace sockwatch::test {
namespace {

using std::chrono::seconds;

TEST(Cgroup2Mount, IsTheFirstOfItsType) {
  EXPECT_EQ(find_cgroup2_mount("24 1 0:5 / /proc rw - proc proc rw\n"
                               "30 1 0:26 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 c rw\n"
                               "31 1 0:27 / /other rw - cgroup2 c rw\n"),
            "/sys/fs/cgroup/unified");
}

TEST(Cgroup2Mount, MayHaveAnyNumberOfOptionalFields) {
  EXPECT_EQ(find_cgroup2_mount("30 1 0:26 / /c rw - cgroup2 c rw"), "/c");
  EXPECT_EQ(find_cgroup2_mount("30 1 0:26 / /c rw shared:1 master:2 - cgroup2 c rw"), "/c");
}

TEST(Cgroup2Mount, NameIsUnescaped) {
  EXPECT_EQ(find_cgroup2_mount("30 1 0:26 / /a\\040b\\011c\\012d\\134e rw - cgroup2 c rw\n"),
            "/a b\tc\nd\\e");
  EXPECT_EQ(find_cgroup2_mount("30 1 0:26 / /a\\04 rw - cgroup2 c rw\n"), "/a\\04");
  EXPECT_EQ(find_cgroup2_mount("30 1 0:26 / /a\\ rw - cgroup2 c rw\n"), "/a\\");
  EXPECT_EQ(find_cgroup2_mount("30 1 0:26 / /a\\999 rw - cgroup2 c rw\n"), "/a\\999");
}

TEST(Cgroup2Mount, IsNotToldByOtherWords) {
  for (const std::string text :
       {"", "\n", "nonsense", "30 1 0:26 / /c rw cgroup2", "30 1 0:26 / /c rw - ",
        "30 1 0:26 / /cgroup2 rw - cgroup cgroup2 rw", "30 1 0:26 / /c rw - cgroup2x c rw"}) {
    EXPECT_EQ(find_cgroup2_mount(text), std::nullopt) << text;
  }
}

class CgroupsTest : public testing::Test {
 protected:
  CgroupsTest() { tree_.add({.pid = 1, .comm = "systemd"}); }

  std::string path(std::uint64_t id) { return cgroups_.path(id, now_); }

  ProcTree tree_;
  Cgroups cgroups_{tree_.open()};
  MonotonicTime now_{seconds(1000)};
};

TEST_F(CgroupsTest, FindThePathOfAnId) {
  const auto root = tree_.add_cgroup("");
  const auto slice = tree_.add_cgroup("system.slice");
  const auto service = tree_.add_cgroup("system.slice/nginx.service");
  EXPECT_EQ(path(service), "/system.slice/nginx.service");
  EXPECT_EQ(path(slice), "/system.slice");
  EXPECT_EQ(path(root), "/");
  EXPECT_EQ(path(0), "");
}

TEST_F(CgroupsTest, RememberThePathOfOneThatIsGone) {
  const auto id = tree_.add_cgroup("a.service");
  EXPECT_EQ(path(id), "/a.service");
  tree_.remove_cgroup("a.service");
  now_ += seconds(1000);
  EXPECT_EQ(path(id), "/a.service");
}

TEST_F(CgroupsTest, LookAgainForAnIdThatIsNew) {
  tree_.add_cgroup("a.service");
  EXPECT_EQ(path(1), "");
  now_ += seconds(1);
  EXPECT_EQ(path(tree_.add_cgroup("b.service")), "/b.service");
}

TEST_F(CgroupsTest, WalkTheTreeOnceForOneMoment) {
  tree_.add_cgroup("a.service");
  EXPECT_EQ(path(1), "");
  const auto later = tree_.add_cgroup("b.service");
  EXPECT_EQ(path(later), "");  // the walk was before it came
}

TEST_F(CgroupsTest, LookForAMissingIdAgainAfterHalfAMinute) {
  tree_.add_cgroup("");
  EXPECT_EQ(path(1), "");
  const auto id = tree_.add_cgroup("b.service");
  EXPECT_EQ(path(id), "");
  now_ += seconds(29);
  EXPECT_EQ(path(id), "");
  now_ += seconds(1);
  EXPECT_EQ(path(id), "/b.service");
}

TEST_F(CgroupsTest, ASearchForAnotherFindsTheMissingToo) {
  tree_.add_cgroup("");
  EXPECT_EQ(path(1), "");
  const auto missing = tree_.add_cgroup("a.service");
  EXPECT_EQ(path(missing), "");
  now_ += seconds(1);
  EXPECT_EQ(path(2), "");
  EXPECT_EQ(path(missing), "/a.service");
}

TEST_F(CgroupsTest, WithoutAMountEveryPathIsEmpty) {
  EXPECT_EQ(path(1), "");
  tree_.write("1/mountinfo", "30 1 0:26 / /nowhere rw - cgroup2 c rw\n");
  now_ += seconds(60);
  EXPECT_EQ(path(1), "");
}

TEST_F(CgroupsTest, FallBackToOurOwnMountsWhereThoseOfProcess1MayNotBeRead) {
  const auto id = tree_.add_cgroup("a.service");
  std::filesystem::rename(tree_.path() + "/1/root", tree_.path() + "/self/root");
  std::filesystem::rename(tree_.path() + "/1/mountinfo", tree_.path() + "/self/mountinfo");
  EXPECT_EQ(path(id), "/a.service");
}

TEST_F(CgroupsTest, AreNotFollowedForEver) {
  std::string nested = "a";
  for (int depth = 1; depth < 64; ++depth) nested += "/a";
  const auto deep = tree_.add_cgroup(nested);
  const auto deeper = tree_.add_cgroup(nested + "/a");
  EXPECT_EQ(path(deep), "/" + nested);
  EXPECT_EQ(path(deeper), "");
}

}  // namespace
}  // namespace sockwatch::test
