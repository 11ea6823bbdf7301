#include "attribution/owner_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>

#include "support/checked.h"
#include "support/proc_tree.h"
#include "support/search_owners.h"
#include "support/watched_directory.h"

namespace sockwatch::test {
namespace {

using testing::IsEmpty;

constexpr std::uint32_t kInode = 4711;

/// What `function` returns in a process of its own, 0 to 254; 255 when it throws.
int in_child(const std::function<int()>& function) {
  const pid_t child = checked(::fork(), "fork");
  if (child == 0) {
    int result = 255;
    try {
      result = function();
    } catch (const std::exception& problem) {
      std::fprintf(stderr, "%s\n", problem.what());
    }
    ::_exit(result);
  }
  int status = 0;
  checked(::waitpid(child, &status, 0), "wait");
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class OwnerSearchTest : public testing::Test {
 protected:
  SearchResult search(const std::vector<std::uint32_t>& inodes = {kInode}) {
    return search_owners(*tree_.open(), inodes);
  }

  static const HolderProcess& owner(const SearchResult& result, std::uint32_t inode = kInode) {
    return result.processes.at(result.by_inode.at(inode).process);
  }

  ProcTree tree_;
};

struct Contest {
  std::vector<FakeProcess> holders;
  pid_t owner;
};

TEST_F(OwnerSearchTest, OwnerIsTheEarliestThenTheLowestAndProcess1OnlyAlone) {
  const Contest contests[] = {
      {{{.pid = 1, .start = 1}}, 1},
      {{{.pid = 1, .start = 1}, {.pid = 50, .start = 900}}, 50},
      {{{.pid = 50, .start = 200}, {.pid = 60, .start = 100}}, 60},
      {{{.pid = 50, .start = 100}, {.pid = 60, .start = 100}}, 50},
      {{{.pid = 1, .start = 1},
        {.pid = 9, .start = 300},
        {.pid = 80, .start = 200},
        {.pid = 7, .start = 200}},
       7},
  };
  for (const auto& [holders, expected] : contests) {
    ProcTree tree;
    for (const FakeProcess& holder : holders) {
      tree.add(holder);
      tree.hold(holder.pid, 3, kInode);
    }
    const SearchResult result = search_owners(*tree.open(), {kInode});
    EXPECT_EQ(owner(result).pid, expected);
  }
}

TEST_F(OwnerSearchTest, TellsWhereTheOwnerHoldsIt) {
  tree_.add({.pid = 50, .start = 77});
  tree_.hold(50, 3, 1);
  tree_.hold(50, 12, kInode);
  const SearchResult result = search();
  EXPECT_EQ(result.by_inode.at(kInode).descriptor, "fd/12");
  EXPECT_EQ(owner(result).start_time, 77U);
  const auto link = owner(result).directory->read_link("fd/12");
  EXPECT_EQ(socket_inode(link.value()), kInode);
}

TEST_F(OwnerSearchTest, FindsManyInOneWalk) {
  tree_.add({.pid = 1});
  tree_.add({.pid = 50});
  tree_.add({.pid = 60});
  tree_.hold(50, 3, 1);
  tree_.hold(50, 4, 2);
  tree_.hold(60, 3, 3);
  const SearchResult result = search({1, 2, 3, 4});
  EXPECT_EQ(owner(result, 1).pid, 50);
  EXPECT_EQ(owner(result, 2).pid, 50);
  EXPECT_EQ(owner(result, 3).pid, 60);
  EXPECT_FALSE(result.by_inode.contains(4));
  EXPECT_EQ(result.processes.size(), 2U);
  EXPECT_EQ(result.end, SearchEnd::nobody);
}

TEST_F(OwnerSearchTest, ReadsThroughNamesOfAnyBytes) {
  pid_t pid = 100;
  for (const std::string name : {"a) R 1 (b", "a\nb", "\xff\xfe", ") S 1 2 3 4 5", ""}) {
    ProcTree tree;
    tree.add({.pid = ++pid, .comm = name, .start = 77});
    tree.hold(pid, 3, kInode);
    const SearchResult result = search_owners(*tree.open(), {kInode});
    ASSERT_TRUE(result.by_inode.contains(kInode)) << name;
    EXPECT_EQ(owner(result).start_time, 77U) << name;
  }
}

TEST_F(OwnerSearchTest, FindsWhatOnlyAThreadHolds) {
  tree_.add({.pid = 50});
  tree_.hold(50, 3, 1);
  tree_.hold_in_thread(50, 52, 7, kInode);
  const SearchResult result = search();
  EXPECT_EQ(owner(result).pid, 50);
  EXPECT_EQ(result.by_inode.at(kInode).descriptor, "task/52/fd/7");
}

TEST_F(OwnerSearchTest, FindsTheSocketsOfAProcessWhoseFirstThreadEnded) {
  tree_.add({.pid = 50, .state = 'Z'});
  tree_.hold_in_thread(50, 51, 3, kInode);
  EXPECT_EQ(owner(search()).pid, 50);
}

TEST_F(OwnerSearchTest, TellsOnlySocketsAndOnlyThoseThatAreWanted) {
  tree_.add({.pid = 50});
  tree_.hold(50, 3, kInode + 1);
  for (const char* target :
       {"pipe:[4711]", "anon_inode:[eventpoll]", "/dev/null", "socket:[4711"}) {
    tree_.link("50/fd/9", target);
    EXPECT_THAT(search().by_inode, IsEmpty()) << target;
  }
}

TEST_F(OwnerSearchTest, SaysUnreadableWhereProcessesAreHidden) {
  tree_.add({.pid = 50});
  EXPECT_EQ(search().end, SearchEnd::unreadable) << "hidepid: not even process 1 is listed";
  tree_.add({.pid = 1});
  EXPECT_EQ(search().end, SearchEnd::nobody);
  std::filesystem::create_directories(tree_.path() + "/self/ns");
  tree_.link("self/ns/pid", "pid:[4026531836]");
  EXPECT_EQ(search().end, SearchEnd::nobody) << "the pid namespace of the host";
  tree_.link("self/ns/pid", "pid:[4026532222]");
  EXPECT_EQ(search().end, SearchEnd::unreadable) << "one of a container";
}

TEST_F(OwnerSearchTest, KeepsNoMoreProcessesOpenThanItMay) {
  tree_.add({.pid = 1});
  for (pid_t pid = 50; pid < 53; ++pid) {
    tree_.add({.pid = pid});
    tree_.hold(pid, 3, static_cast<std::uint32_t>(pid));
  }
  const SearchResult result = search_owners(*tree_.open(), {50, 51, 52}, 2);
  EXPECT_EQ(result.by_inode.size(), 2U);
  EXPECT_EQ(result.end, SearchEnd::unfinished);
}

TEST_F(OwnerSearchTest, AProcessThatEndsMeanwhileHoldsNothing) {
  tree_.add({.pid = 1});
  tree_.add({.pid = 50});
  std::filesystem::remove_all(tree_.path() + "/50/fd");
  std::filesystem::remove_all(tree_.path() + "/50/task");
  EXPECT_EQ(search().end, SearchEnd::nobody);
  tree_.add({.pid = 51});
  tree_.hold(51, 3, kInode);
  std::filesystem::remove(tree_.path() + "/51/stat");
  EXPECT_THAT(search().by_inode, IsEmpty());
}

TEST_F(OwnerSearchTest, WhatIsReadOfAHolderIsNeverOfItsSuccessor) {
  tree_.add({.pid = 50, .comm = "old"});
  tree_.hold(50, 3, kInode);
  const SearchResult result = search();
  tree_.add({.pid = 50, .comm = "new"});
  tree_.hold(50, 3, kInode);
  EXPECT_FALSE(owner(result).directory->read_file("stat"));
  EXPECT_FALSE(owner(result).directory->read_link("fd/3"));
}

TEST_F(OwnerSearchTest, GoesOnWhereItStoppedInTheMiddleOfATable) {
  tree_.add({.pid = 1});
  tree_.add({.pid = 50, .start = 100});
  tree_.add({.pid = 60, .start = 200});
  std::vector<std::uint32_t> inodes;
  for (std::uint32_t inode = 1000; inode < 1300; ++inode) {
    tree_.hold(inode % 2 == 0 ? 50 : 60, static_cast<int>(inode), inode);
    inodes.push_back(inode);
  }
  const auto stopped = search_owners(*tree_.open(), inodes, SIZE_MAX, {}, [] { return true; });
  EXPECT_GE(stopped.parts, 6U);
  ASSERT_EQ(stopped.by_inode.size(), inodes.size());
  for (const std::uint32_t inode : inodes) {
    EXPECT_EQ(owner(stopped, inode).pid, inode % 2 == 0 ? 50 : 60) << inode;
  }
}

TEST_F(OwnerSearchTest, AsksTheProcessesOfTheCgroupThenThoseOfTheUserAndNoMoreThanItMust) {
  tree_.add({.pid = 50, .start = 100});
  tree_.add({.pid = 60, .start = 200});
  tree_.hold(50, 3, kInode);
  tree_.hold(60, 3, kInode);
  const auto tables = [this](const SearchHints& hints) {
    std::vector<std::string> asked;
    const auto proc = watched(tree_.open(), [&](const std::string& path) {
      if (path.ends_with("/fd")) asked.push_back(path);
      return 0;
    });
    search_owners(*proc, {kInode}, SIZE_MAX, hints);
    std::ranges::sort(asked);
    asked.erase(std::ranges::unique(asked).begin(), asked.end());
    return asked;
  };
  EXPECT_THAT(tables({}), testing::ElementsAre("50/fd"));
  EXPECT_THAT(tables({.uids = {}, .pids = {60}}), testing::ElementsAre("60/fd"));
}

TEST_F(OwnerSearchTest, IsUnfinishedWhenDescriptorsRunOut) {
  tree_.add({.pid = 50});
  tree_.hold(50, 3, kInode);
  const int end = in_child([this] {
    const auto proc = tree_.open();
    const int next = checked(::dup(STDIN_FILENO), "duplicate");
    ::close(next);
    // Enough to list the processes, and to open one, but none of its tables.
    const rlim_t limit = static_cast<rlim_t>(next) + 1;
    const rlimit limits{limit, limit};
    checked(::setrlimit(RLIMIT_NOFILE, &limits), "limit descriptors");
    return static_cast<int>(search_owners(*proc, {kInode}).end);
  });
  EXPECT_EQ(end, static_cast<int>(SearchEnd::unfinished));
}

/// In `function` the calling process may read only what everybody may.
int as_nobody(const std::function<int()>& function) {
  return in_child([&] {
    constexpr uid_t kNobody = 65534;
    if (::getuid() == 0) {
      checked(::setresgid(kNobody, kNobody, kNobody), "give up the group");
      checked(::setresuid(kNobody, kNobody, kNobody), "give up the user");
    }
    return function();
  });
}

TEST_F(OwnerSearchTest, SaysThatSomeDescriptorsMayNotBeRead) {
  namespace fs = std::filesystem;
  tree_.add({.pid = 50});
  tree_.add({.pid = 60});
  tree_.hold(60, 3, kInode);
  fs::permissions(tree_.path() + "/50/fd", fs::perms::none);
  const auto search_for = [this](std::uint32_t inode) {
    const SearchResult result = search({inode});
    return result.by_inode.contains(inode) ? 100 : static_cast<int>(result.end);
  };
  EXPECT_EQ(as_nobody([&] { return search_for(1); }), static_cast<int>(SearchEnd::unreadable));
  EXPECT_EQ(as_nobody([&] { return search_for(kInode); }), 100);
  fs::permissions(tree_.path() + "/50/fd", fs::perms::owner_all);
}

TEST(SocketInode, IsReadFromALinksTargetOnly) {
  EXPECT_EQ(socket_inode("socket:[1]"), 1U);
  EXPECT_EQ(socket_inode("socket:[4294967295]"), 4294967295U);
  for (const char* link :
       {"", "socket:[]", "socket:[1", "socket:1]", "socket:[-1]", "socket:[1x]", "socket:[ 1]",
        "socket:[4294967296]", "pipe:[1]", "/socket:[1]", "socket:[1] (deleted)", "socket:["}) {
    EXPECT_EQ(socket_inode(link), std::nullopt) << link;
  }
}

}  // namespace
}  // namespace sockwatch::test
