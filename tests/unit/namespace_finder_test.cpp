#include "kernel/namespace_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "support/proc_tree.h"

namespace sockwatch::test {
namespace {

using kernel::FoundNamespace;
using kernel::NamespaceFinder;
using kernel::NamespaceSight;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class NamespaceFinding : public testing::Test {
 protected:
  NamespaceFinding() {
    enter("thread-self", "home");
    enter("1", "home");
    tree_.write("1/comm", "init\n");
  }

  void enter(const std::string& task, const std::string& name) {
    tree_.write("spaces/" + name, "");
    if (task == "thread-self" || entered_.contains(task)) tree_.remove(task + "/ns/net");
    entered_.insert(task);
    tree_.link(task + "/ns/net", "net:[" + std::to_string(inode(name)) + "]");
  }
  void mount(const std::string& name, const std::string& point) {
    tree_.write("spaces/" + name, "");
    mounts_ +=
        "9 2 0:4 net:[" + std::to_string(inode(name)) + "] " + point + " rw - nsfs nsfs rw\n";
    tree_.write("thread-self/mountinfo", mounts_);
  }
  std::uint64_t inode(const std::string& name) {
    return tree_.open()->stamp("spaces/" + name)->inode;
  }

  std::vector<std::string> paths(seconds time) {
    std::vector<std::string> paths;
    const auto found = finder_.find(MonotonicTime(time)).value();
    for (const FoundNamespace& one : found) {
      paths.push_back(one.path);
    }
    return paths;
  }

  ProcTree tree_;
  std::set<std::string> entered_;
  std::string mounts_;
  NamespaceFinder finder_{tree_.open(), NamespaceSight::descriptor};
};

TEST_F(NamespaceFinding, LeavesOutItsOwn) {
  EXPECT_THAT(paths(seconds(100)), IsEmpty());
}

TEST_F(NamespaceFinding, TellsEachNamespaceOnceByItsFirstProcess) {
  enter("30", "blue");
  enter("20", "blue");
  enter("25", "red");
  EXPECT_THAT(paths(seconds(100)), UnorderedElementsAre("/proc/20/ns/net", "/proc/25/ns/net"));
}

TEST_F(NamespaceFinding, SeesTheThreadThatIsElsewhere) {
  enter("20", "home");
  enter("20/task/20", "home");
  enter("20/task/22", "blue");
  const auto found = finder_.find(MonotonicTime(seconds(100))).value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "/proc/20/task/22/ns/net");
  EXPECT_EQ(found[0].tables, "20/task/22/net");
  EXPECT_EQ(found[0].process, 20);
}

TEST_F(NamespaceFinding, SeesTheThreadsOfAProcessWhoseFirstOneHasEnded) {
  tree_.write("20/comm", "zombie\n");
  enter("20/task/22", "blue");
  EXPECT_THAT(paths(seconds(100)), ElementsAre("/proc/20/task/22/ns/net"));
}

TEST_F(NamespaceFinding, NamesAMountBelowRunNetns) {
  mount("blue", "/run/netns/blue");
  enter("20", "blue");
  const auto found = finder_.find(MonotonicTime(seconds(100))).value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "blue");
  EXPECT_EQ(found[0].path, "/run/netns/blue");
  EXPECT_EQ(found[0].process, 20);
}

TEST_F(NamespaceFinding, FindsAMountElsewhereWithoutProcessOrName) {
  mount("red", "/run/docker/netns/1234");
  const auto found = finder_.find(MonotonicTime(seconds(100))).value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "");
  EXPECT_EQ(found[0].path, "/run/docker/netns/1234");
  EXPECT_EQ(found[0].process, 0);
}

TEST_F(NamespaceFinding, FollowsAYoungProcessAtOnceAndAnOldOneWithinTenSeconds) {
  enter("20", "home");
  paths(seconds(100));
  enter("20", "blue");
  EXPECT_THAT(paths(seconds(101)), ElementsAre("/proc/20/ns/net"));
  for (int i = 102; i < 110; ++i) paths(seconds(i));
  enter("20", "home");
  paths(seconds(119));
  EXPECT_THAT(paths(seconds(120)), IsEmpty());
}

TEST_F(NamespaceFinding, SeesANewThreadElsewhereWithinThirtySeconds) {
  enter("20", "home");
  paths(seconds(100));
  enter("20/task/22", "blue");
  for (int i = 101; i < 130; ++i) paths(seconds(i));
  EXPECT_THAT(paths(seconds(130)), ElementsAre("/proc/20/task/22/ns/net"));
}

TEST_F(NamespaceFinding, ForgetsANamespaceWithItsLastProcess) {
  enter("20", "blue");
  paths(seconds(100));
  tree_.remove("20");
  EXPECT_THAT(paths(seconds(101)), IsEmpty());
}

TEST_F(NamespaceFinding, TellsNamespacesApartByTheirTablesWithoutPrivilege) {
  tree_.write("spaces/blue_tables", "");
  for (const std::string process : {"20", "21"}) {
    enter(process, "home");
    tree_.write(process + "/net/dev", "");
    tree_.link(process + "/net/tcp", tree_.path() + "/spaces/blue_tables");
  }
  mount("red", "/run/netns/red");
  NamespaceFinder finder(tree_.open(), NamespaceSight::tables);
  const auto found = finder.find(MonotonicTime(seconds(100))).value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].tables, "20/net");
  EXPECT_EQ(found[0].name, "");
}

}  // namespace
}  // namespace sockwatch::test
