#include "attribution/read_errors.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "attribution/owners.h"
#include "support/memory_directory.h"
#include "support/proc_tree.h"
#include "support/search_owners.h"
#include "support/watched_directory.h"

namespace sockwatch::test {
namespace {

constexpr std::uint32_t kInode = 4711;
constexpr std::uint32_t kNowhere = 1;  // no process holds it: threads are searched as well

/// A /proc with process 1 and a process 50 that holds the socket, watched on the way.
class ReadErrorsTest : public testing::Test {
 protected:
  ReadErrorsTest() {
    add(1);
    add(50);
    proc_.link("50/fd/3", "socket:[4711]");
    proc_.link("50/fd/4", "socket:[4712]");
  }

  void add(pid_t pid) {
    const std::string top = std::to_string(pid);
    proc_.write(top + "/stat", stat_text({.pid = pid}));
    proc_.make_directory(top + "/fd");
    proc_.make_directory(top + "/task");
  }

  SearchResult search(
      Watcher watcher = [](const std::string&) { return 0; }, std::uint32_t inode = kInode) {
    return search_owners(*watched(proc_.open(), std::move(watcher)), {inode});
  }

  /// A search in which whatever is asked of `path` fails.
  SearchResult search_failing(const std::string& path, int code) {
    return search([&](const std::string& asked) { return asked == path ? code : 0; });
  }

  MemoryDirectory proc_;
};

struct Row {
  int code;
  ReadError error;
  SearchEnd end;
};

constexpr Row kRows[] = {
    {ESRCH, ReadError::gone, SearchEnd::nobody},
    {ENOENT, ReadError::gone, SearchEnd::nobody},
    {EACCES, ReadError::permission, SearchEnd::unreadable},
    {EPERM, ReadError::permission, SearchEnd::unreadable},
    {EMFILE, ReadError::descriptors, SearchEnd::unfinished},
    {ENFILE, ReadError::descriptors, SearchEnd::unfinished},
    {ENOMEM, ReadError::other, SearchEnd::unfinished},
    {EIO, ReadError::other, SearchEnd::unfinished},
    {0, ReadError::other, SearchEnd::unfinished},
};

TEST_F(ReadErrorsTest, AreNoneWhenAllCanBeRead) {
  EXPECT_EQ(search().errors, ReadErrors{});
  EXPECT_EQ(search([](const std::string&) { return 0; }, kNowhere).errors, ReadErrors{});
}

TEST_F(ReadErrorsTest, TellWhyAProcessCouldNotBeRead) {
  for (const Row& row : kRows) {
    if (row.code == 0) continue;
    const SearchResult result = search_failing("50", row.code);
    ReadErrors expected;
    expected[row.error] = 1;
    EXPECT_EQ(result.errors, expected) << row.code;
    EXPECT_EQ(result.end, row.end) << row.code;
    EXPECT_TRUE(result.by_inode.empty()) << row.code;
  }
  for (const Row& row : kRows) EXPECT_EQ(read_error_of(row.code), row.error) << row.code;
}

TEST_F(ReadErrorsTest, CountAProcessOnceWhereverItFails) {
  for (const std::string at : {"50/fd", "50/fd/3", "50/stat", "50/task"}) {
    const auto failing = [&](const std::string& path) { return path == at ? EMFILE : 0; };
    const SearchResult result = search(failing, at == "50/task" ? kNowhere : kInode);
    EXPECT_EQ(result.errors[ReadError::descriptors], 1U) << at;
    EXPECT_EQ(result.end, SearchEnd::unfinished) << at;
  }
  const auto all = search([](const std::string& path) { return path == "" ? 0 : EMFILE; });
  EXPECT_EQ(all.errors[ReadError::descriptors], 2U) << "two processes, each asked twice";
}

TEST_F(ReadErrorsTest, CountAProcThatCannotBeListedAsOneProcess) {
  const SearchResult result = search_failing("", EMFILE);
  EXPECT_EQ(result.errors[ReadError::descriptors], 1U);
  EXPECT_EQ(result.end, SearchEnd::unfinished);
}

TEST_F(ReadErrorsTest, AreNoneWhenADescriptorOrAThreadEndsMeanwhile) {
  const auto closing = search([this](const std::string& path) {
    if (path == "50/fd/4") proc_.remove("50/fd/4");
    return 0;
  });
  EXPECT_EQ(closing.errors, ReadErrors{});
  EXPECT_TRUE(closing.by_inode.contains(kInode));

  proc_.make_directory("50/task/51/fd");
  const auto ending = search(
      [this](const std::string& path) {
        if (path == "50/task/51/fd") proc_.remove("50/task/51");
        return 0;
      },
      kNowhere);
  EXPECT_EQ(ending.errors, ReadErrors{});
}

TEST_F(ReadErrorsTest, CountAProcessThatEndsBetweenListingAndReading) {
  for (const std::string at : {"50", "50/fd", "50/fd/3", "50/stat", "50/task"}) {
    proc_ = MemoryDirectory();
    add(1);
    add(50);
    proc_.link("50/fd/3", "socket:[4711]");
    bool ended = false;
    const auto result = search(
        [&](const std::string& path) {
          if (path == at && !std::exchange(ended, true)) proc_.remove("50");
          return 0;
        },
        at == "50/task" ? kNowhere : kInode);
    EXPECT_EQ(result.errors[ReadError::gone], 1U) << at;
    EXPECT_TRUE(result.by_inode.empty()) << at;
  }
}

TEST_F(ReadErrorsTest, AddUpOverSearches) {
  int code = EACCES;
  Owners owners(
      watched(proc_.open(), [&](const std::string& path) { return path == "50" ? code : 0; }));
  const MonotonicTime now{std::chrono::hours(1)};
  owners.search(
      {{{1, kInode}, false, 0, 0}}, [] { return false; }, now);
  owners.search(
      {{{2, kInode}, false, 0, 0}}, [] { return false; }, now);
  code = EMFILE;
  owners.search(
      {{{3, kInode}, false, 0, 0}}, [] { return false; }, now);
  EXPECT_EQ(owners.read_errors()[ReadError::permission], 2U);
  EXPECT_EQ(owners.read_errors()[ReadError::descriptors], 1U);
}

}  // namespace
}  // namespace sockwatch::test
