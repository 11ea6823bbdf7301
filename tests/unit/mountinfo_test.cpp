#include "kernel/mountinfo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sockwatch::kernel {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

TEST(Mountinfo, TellsRootAndPlaceOfEachMountOfAType) {
  const auto mounts = mounts_of_type(
      "22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
      "90 22 0:4 net:[4026532177] /run/netns/blue rw shared:7 master:2 - nsfs nsfs rw\n"
      "91 22 0:4 net:[4026532178] /mnt/a\\040b rw - nsfs nsfs rw",
      "nsfs");
  ASSERT_THAT(mounts, SizeIs(2));
  EXPECT_EQ(mounts[0].root, "net:[4026532177]");
  EXPECT_EQ(mounts[0].point, "/run/netns/blue");
  EXPECT_EQ(mounts[1].point, "/mnt/a b");
}

TEST(Mountinfo, LeavesOutLinesThatAreNone) {
  for (const char* text :
       {"", "\n\n", "x", " - ", "- nsfs", "1 2 3 4 5 6", "a b - nsfsx nsfs rw"}) {
    EXPECT_THAT(mounts_of_type(text, "nsfs"), IsEmpty()) << text;
  }
}

TEST(Mountinfo, KeepsABackslashThatStartsNoEscape) {
  const auto mounts = mounts_of_type("1 2 3 / /a\\9\\40\\477\\134 rw - nsfs", "nsfs");
  ASSERT_THAT(mounts, SizeIs(1));
  EXPECT_EQ(mounts[0].point, "/a\\9\\40\\477\\");
}

}  // namespace
}  // namespace sockwatch::kernel
