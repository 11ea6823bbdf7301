#include "app/family_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "support/proc_tree.h"

namespace sockwatch::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Inodes = std::vector<std::uint32_t>;

constexpr const char* kUnixHeader = "Num       RefCount Protocol Flags    Type St Inode Path\n";
constexpr const char* kPacketHeader =
    "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n";
constexpr const char* kRawHeader =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode ref pointer drops\n";

std::string raw_row(int inode) {
  return "  62: 00000000:00FF 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        "
         "0 " +
         std::to_string(inode) + " 2 000000005006a403 0\n";
}

class FamilyTables : public testing::Test {
 protected:
  void write(const std::string& table, const std::string& text) {
    tree_.write("thread-self/net/" + table, text);
  }

  /// What `read` gives, and the sockets on the way.
  template <typename Socket, typename Read>
  Dumped read_with(const Read& read) {
    inodes_.clear();
    return read(*tree_.open(), [this](std::span<const Socket> sockets) {
      for (const Socket& socket : sockets) inodes_.push_back(socket.key.inode);
    });
  }
  Dumped read_unix() { return read_with<UnixSocket>(read_unix_table); }
  Dumped read_packet() { return read_with<PacketSocket>(read_packet_table); }
  Dumped read_raw() { return read_with<PacketSocket>(read_raw_tables); }

  ProcTree tree_;
  Inodes inodes_;
};

TEST_F(FamilyTables, GiveEverySocketOfTheTable) {
  write("unix", std::string(kUnixHeader) +
                    "0000000000000001: 00000003 00000000 00000000 0005 03 11\n"
                    "0000000000000002: 00000003 00000000 00010000 0001 01 12 /run/some where\n");
  ASSERT_TRUE(read_unix());
  EXPECT_THAT(inodes_, ElementsAre(11, 12));
  write("packet", std::string(kPacketHeader) +
                      "00000000aa0ea47d 3      3    0003   0     1 0      0      13     \n");
  ASSERT_TRUE(read_packet());
  EXPECT_THAT(inodes_, ElementsAre(13));
}

TEST_F(FamilyTables, WithoutARowAreNoFailure) {
  write("unix", kUnixHeader);
  write("packet", kPacketHeader);
  EXPECT_TRUE(read_unix());
  EXPECT_TRUE(read_packet());
  EXPECT_TRUE(read_raw());
  EXPECT_THAT(inodes_, IsEmpty());
}

TEST_F(FamilyTables, LeaveOutUnixSocketsThatWaitToBeAccepted) {
  write("unix", std::string(kUnixHeader) +
                    "0000000000000001: 00000003 00000000 00000000 0001 02     0 @name\n"
                    "0000000000000002: 00000003 00000000 00000000 0001 03 12\n");
  ASSERT_TRUE(read_unix());
  EXPECT_THAT(inodes_, ElementsAre(12));
}

TEST_F(FamilyTables, PassOverTheRestOfANameWithNewlines) {
  write("unix", std::string(kUnixHeader) +
                    "0000000000000001: 00000003 00000000 00000000 0001 03 11 @a\n"
                    "b\n"
                    "\n"
                    "c: 1 2\n"
                    "0000000000000002: 00000003 00000000 00000000 0001 03 12\n");
  ASSERT_TRUE(read_unix());
  EXPECT_THAT(inodes_, ElementsAre(11, 12));
}

TEST_F(FamilyTables, ThatAreNotWhatTheyShouldBeAreMalformed) {
  const std::string row = "0000000000000001: 00000003 00000000 00000000 0001 03 11\n";
  for (const std::string& text : {std::string(), std::string("\n"), row, kUnixHeader + row + "junk",
                                  kUnixHeader + std::string("junk\n") + row}) {
    write("unix", text);
    const Dumped read = read_unix();
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().reason, kernel::DumpFailure::malformed) << text;
  }
  write("packet", std::string(kPacketHeader) + "junk\n");
  EXPECT_EQ(read_packet().error().reason, kernel::DumpFailure::malformed);
  write("icmp6", std::string(kRawHeader) + "junk\n");
  EXPECT_EQ(read_raw().error().reason, kernel::DumpFailure::malformed);
}

TEST_F(FamilyTables, ThatAreNotThereSaySo) {
  EXPECT_EQ(read_unix().error().code, ENOENT);
  EXPECT_EQ(read_packet().error().reason, kernel::DumpFailure::no_handler);
}

TEST_F(FamilyTables, OfRawSocketsAreAllReadAndMayBeMissingOneByOne) {
  write("raw", kRawHeader + raw_row(1) + raw_row(2));
  write("raw6", kRawHeader + raw_row(3));
  write("icmp", kRawHeader + raw_row(4));
  write("icmp6", kRawHeader + raw_row(5));
  ASSERT_TRUE(read_raw());
  EXPECT_THAT(inodes_, ElementsAre(1, 2, 3, 4, 5));

  tree_.remove("thread-self/net/raw6");
  tree_.remove("thread-self/net/icmp6");
  ASSERT_TRUE(read_raw());
  EXPECT_THAT(inodes_, ElementsAre(1, 2, 4));

  tree_.remove("thread-self/net/raw");
  tree_.remove("thread-self/net/icmp");
  EXPECT_EQ(read_raw().error().code, ENOENT);
}

}  // namespace
}  // namespace sockwatch::test
