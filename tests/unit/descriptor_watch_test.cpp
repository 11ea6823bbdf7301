// On the real /proc of this process: the kernel alone can tell how many descriptors it has.
#include "attribution/descriptor_watch.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "support/owned_fd.h"

namespace sockwatch::test {
namespace {

using std::chrono::seconds;

class DescriptorWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto stamp = process_->stamp("fd");
    if (!stamp || stamp->entries == 0) GTEST_SKIP() << "needs Linux 6.2";
    watch_.start(*process_);
  }

  static OwnedFd make_socket() { return OwnedFd(::socket(AF_UNIX, SOCK_STREAM, 0)); }
  static std::uint32_t inode_of(const OwnedFd& socket) {
    struct stat facts {};
    ::fstat(socket.get(), &facts);
    return static_cast<std::uint32_t>(facts.st_ino);
  }
  void look() {
    watch_.compare(*process_);
    ASSERT_TRUE(watch_.wants_look());
    watch_.look(
        *process_, [] { return false; }, now_);
  }

  std::unique_ptr<kernel::Directory> process_ = kernel::open_directory("/proc/self").value();
  DescriptorWatch watch_;
  MonotonicTime now_{seconds(1000)};
};

TEST_F(DescriptorWatchTest, WantsNoLookWhileTheNumberOfDescriptorsStays) {
  watch_.compare(*process_);
  EXPECT_FALSE(watch_.wants_look());
  EXPECT_FALSE(watch_.doubts(1));
}

TEST_F(DescriptorWatchTest, DoubtsSocketsThatTheProcessHoldsNoMore) {
  const OwnedFd kept = make_socket();
  OwnedFd given = make_socket();
  const std::uint32_t inode = inode_of(given);
  given = {};
  look();
  EXPECT_FALSE(watch_.doubts(inode_of(kept)));
  EXPECT_TRUE(watch_.doubts(inode));
}

TEST_F(DescriptorWatchTest, DoesNotDoubtWhatASearchFindsAfterwards) {
  const OwnedFd first = make_socket();
  look();
  const OwnedFd second = make_socket();
  EXPECT_TRUE(watch_.doubts(inode_of(second)));
  watch_.holds(inode_of(second));
  EXPECT_FALSE(watch_.doubts(inode_of(second)));
}

TEST_F(DescriptorWatchTest, LooksInParts) {
  std::vector<OwnedFd> sockets;
  for (int i = 0; i < 200; ++i) sockets.push_back(make_socket());
  watch_.compare(*process_);
  int parts = 0;
  for (; watch_.wants_look(); ++parts) {
    EXPECT_FALSE(watch_.doubts(1)) << "not before the end";
    watch_.look(
        *process_, [] { return true; }, now_);
  }
  EXPECT_GE(parts, 4);
  for (const OwnedFd& socket : sockets) EXPECT_FALSE(watch_.doubts(inode_of(socket)));
}

TEST_F(DescriptorWatchTest, DoubtsForTwentySeconds) {
  const OwnedFd socket = make_socket();
  look();
  watch_.forget(now_ + seconds(19));
  EXPECT_TRUE(watch_.doubts(1));
  watch_.forget(now_ + seconds(20));
  EXPECT_FALSE(watch_.doubts(1));
}

}  // namespace
}  // namespace sockwatch::test
