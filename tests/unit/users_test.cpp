#include "attribution/users.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/proc_tree.h"

namespace sockwatch::test {
namespace {

using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(Passwd, GivesTheFirstNameOfEachUser) {
  EXPECT_THAT(parse_passwd("root:x:0:0:root:/root:/bin/sh\n"
                           "toor:x:0:0::/root:/bin/sh\n"
                           "www-data:x:33:33::/var/www:\n"
                           "big:x:4294967295:1::/:"),
              UnorderedElementsAre(Pair(0, "root"), Pair(33, "www-data"), Pair(4294967295, "big")));
}

TEST(Passwd, PassesOverWhatIsNoPasswdLine) {
  for (const std::string line :
       {"", "\n\n", "root", "root:x", "root:x:", "root:x:0", ":x:1:1::/:", "a:x:b:1::/:",
        "a:x:-1:1::/:", "a:x:1x:1::/:", "a:x:4294967296:1::/:", "+::::::", ":::"}) {
    EXPECT_THAT(parse_passwd(line), IsEmpty()) << line;
  }
  EXPECT_THAT(parse_passwd("nonsense\na:x:1:1::/:\n"), UnorderedElementsAre(Pair(1, "a")));
}

TEST(Passwd, NamesComeOutPrintable) {
  EXPECT_THAT(parse_passwd("a\x1b:x:1:1::/:"), UnorderedElementsAre(Pair(1, "a\\x1b")));
}

TEST(Users, AreNumbersWithoutAName) {
  const ProcTree files;
  Users users(kernel::open_directory(files.path()).value());
  users.refresh();
  EXPECT_EQ(users.name(0), "0");
  EXPECT_EQ(users.name(4294967295), "4294967295");
}

TEST(Users, FollowTheFile) {
  ProcTree files;
  Users users(kernel::open_directory(files.path()).value());
  files.write("passwd", "old:x:7:7::/:\n");
  users.refresh();
  EXPECT_EQ(users.name(7), "old");
  EXPECT_EQ(users.name(8), "8");

  files.write("passwd.new", "new:x:7:7::/:\n");
  std::filesystem::rename(files.path() + "/passwd.new", files.path() + "/passwd");
  users.refresh();
  EXPECT_EQ(users.name(7), "new");
}

TEST(Users, KeepTheirNamesWhileTheFileIsGone) {
  ProcTree files;
  Users users(kernel::open_directory(files.path()).value());
  files.write("passwd", "old:x:7:7::/:\n");
  users.refresh();
  std::filesystem::remove(files.path() + "/passwd");
  users.refresh();
  EXPECT_EQ(users.name(7), "old");
}

}  // namespace
}  // namespace sockwatch::test
