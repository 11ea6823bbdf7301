#include "app/procfs_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "support/memory_directory.h"
#include "support/proc_net_text.h"
#include "support/watched_directory.h"

namespace sockwatch::test {
namespace {

using kernel::DumpFailure;
using testing::ElementsAre;
using testing::IsEmpty;

class ProcfsSourceTest : public testing::Test {
 protected:
  ProcfsSourceTest() {
    tcp_ = {{.local = "0.0.0.0", .port = 80, .state = 10, .inode = 1},
            {.local = "127.0.0.1", .port = 81, .state = 10, .inode = 2},
            {.port = 80, .remote = "127.0.0.1", .remote_port = 40000, .inode = 3},
            {.port = 80, .remote = "127.0.0.1", .remote_port = 40001, .state = 6, .timer = 3},
            {.local = "::", .port = 80, .state = 10, .inode = 4},
            {.local = "::1", .port = 80, .remote = "::1", .remote_port = 9, .inode = 5}};
    udp_ = {{.local = "0.0.0.0", .port = 53, .state = 7, .inode = 6, .drops = 7},
            {.port = 40001, .state = 7, .inode = 7},
            {.port = 53, .remote = "127.0.0.1", .remote_port = 9, .inode = 8},
            {.local = "::", .port = 5353, .state = 7, .inode = 9, .drops = 8}};
    write(Protocol::tcp, tcp_);
    write(Protocol::udp, udp_);
  }

  void write(Protocol protocol, const std::vector<DiagSocket>& sockets) {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      tree_.write(proc_net_file(protocol, family), proc_net_text(protocol, family, sockets));
    }
  }

  /// The dump's inodes; `failure_` is its error.
  std::vector<std::uint32_t> inodes(Protocol protocol, bool servers = false) {
    std::vector<std::uint32_t> seen;
    last_.clear();
    const auto note = [&](std::span<const SocketRecord> records) {
      for (const SocketRecord& record : records) {
        seen.push_back(record.key.inode);
        last_.push_back(record);
      }
    };
    ProcfsSource source(watched(
        tree_.open(), [this](const std::string& path) { return path == failing_ ? code_ : 0; }));
    const auto dumped =
        servers ? source.dump_servers(protocol, note) : source.dump_all(protocol, note);
    failure_ = dumped ? std::nullopt : std::optional(dumped.error().reason);
    code_of_failure_ = dumped ? 0 : dumped.error().code;
    return seen;
  }
  std::vector<std::uint32_t> servers(Protocol protocol) { return inodes(protocol, true); }

  MemoryDirectory tree_;
  std::vector<DiagSocket> tcp_;
  std::vector<DiagSocket> udp_;
  std::string failing_;
  int code_ = 0;
  std::vector<SocketRecord> last_;
  std::optional<DumpFailure> failure_;
  int code_of_failure_ = 0;
};

TEST_F(ProcfsSourceTest, DumpsEverySocketOfBothFamilies) {
  EXPECT_THAT(inodes(Protocol::tcp), ElementsAre(1, 2, 3, 0, 4, 5));
  EXPECT_EQ(failure_, std::nullopt);
  EXPECT_EQ(last_[4].family, Family::ipv6);
  EXPECT_THAT(inodes(Protocol::udp), ElementsAre(6, 7, 8, 9));
  EXPECT_EQ(last_[3].drops, 8U);
}

TEST_F(ProcfsSourceTest, DumpsManyMoreThanOneBatch) {
  std::vector<std::uint32_t> expected;
  tcp_.clear();
  for (std::uint32_t inode = 1; inode <= 1000; ++inode) {
    tcp_.push_back({.port = 80, .remote = "127.0.0.1", .remote_port = 9, .inode = inode});
    expected.push_back(inode);
  }
  write(Protocol::tcp, tcp_);
  EXPECT_EQ(inodes(Protocol::tcp), expected);
}

TEST_F(ProcfsSourceTest, ServersOfTcpAreItsListeners) {
  EXPECT_THAT(servers(Protocol::tcp), ElementsAre(1, 2, 4));
  EXPECT_EQ(last_[0].drops, std::nullopt);
}

TEST_F(ProcfsSourceTest, ReadsNoFurtherThanTheLastListener) {
  const std::string table = proc_net_text(Protocol::tcp, Family::ipv4, tcp_);
  const std::string unreadable = table + "no row\n";
  tree_.write("thread-self/net/tcp", unreadable);
  EXPECT_THAT(servers(Protocol::tcp), ElementsAre(1, 2, 4));
  EXPECT_EQ(failure_, std::nullopt);
  inodes(Protocol::tcp);
  EXPECT_EQ(failure_, DumpFailure::malformed) << "the whole table would have met that row";
}

TEST_F(ProcfsSourceTest, ServersOfUdpAreUnconnectedOutsideTheEphemeralRange) {
  EXPECT_THAT(servers(Protocol::udp), ElementsAre(6, 9));
  EXPECT_EQ(last_[0].drops, 7U);
  tree_.write("sys/net/ipv4/ip_local_port_range", "50\t6000\n");
  EXPECT_THAT(servers(Protocol::udp), ElementsAre(7));
}

TEST_F(ProcfsSourceTest, TakesAnyAddressOfIpv6ForDualStackUnlessTheHostSaysOtherwise) {
  servers(Protocol::tcp);
  EXPECT_FALSE(last_[2].v6only);
  tree_.write("sys/net/ipv6/bindv6only", "0\n");
  servers(Protocol::tcp);
  EXPECT_FALSE(last_[2].v6only);
  tree_.write("sys/net/ipv6/bindv6only", "1\n");
  servers(Protocol::tcp);
  EXPECT_TRUE(last_[2].v6only);
  EXPECT_FALSE(last_[0].v6only) << "of IPv4";
}

TEST_F(ProcfsSourceTest, LeavesOutASocketThatClosedWhileItWasRead) {
  tree_.write("thread-self/net/tcp6",
              proc_net_text(Protocol::tcp, Family::ipv4, {}) +
                  proc_net_line(Protocol::tcp, {.local = "::1", .state = 7, .inode = 99}) + "\n");
  EXPECT_THAT(inodes(Protocol::tcp), ElementsAre(1, 2, 3, 0));
  EXPECT_EQ(failure_, std::nullopt);
}

TEST_F(ProcfsSourceTest, NeedsNoIpv6) {
  tree_.remove("thread-self/net/tcp6");
  tree_.remove("thread-self/net/udp6");
  EXPECT_THAT(inodes(Protocol::tcp), ElementsAre(1, 2, 3, 0));
  EXPECT_EQ(failure_, std::nullopt);
  EXPECT_THAT(servers(Protocol::udp), ElementsAre(6));
  EXPECT_EQ(failure_, std::nullopt);
}

TEST_F(ProcfsSourceTest, HasNoHandlerWithoutTheTable) {
  tree_.remove("thread-self/net/tcp");
  EXPECT_THAT(inodes(Protocol::tcp), IsEmpty()) << "IPv6 alone would read like all";
  EXPECT_EQ(failure_, DumpFailure::no_handler);
  EXPECT_EQ(code_of_failure_, ENOENT);
}

TEST_F(ProcfsSourceTest, SaysWhyATableCannotBeRead) {
  const std::pair<int, DumpFailure> codes[] = {
      {EACCES, DumpFailure::permission}, {EMFILE, DumpFailure::other}, {EIO, DumpFailure::other}};
  for (const char* table : {"thread-self/net/udp", "thread-self/net/udp6"}) {
    for (const auto& [code, reason] : codes) {
      failing_ = table;
      code_ = code;
      inodes(Protocol::udp);
      EXPECT_EQ(failure_, reason) << table << " " << code;
    }
  }
}

TEST_F(ProcfsSourceTest, IsMalformedRatherThanEmpty) {
  const std::string header = proc_net_text(Protocol::udp, Family::ipv4, {});
  const std::string row = proc_net_line(Protocol::udp, {.port = 1, .state = 7}) + "\n";
  const std::string tables[] = {"",
                                "\n",
                                row,
                                "x\n",
                                header + "\n" + row,
                                header + row + row.substr(0, 40),
                                header + row + header,
                                header + std::string(100, '\0') + "\n"};
  for (const std::string& table : tables) {
    tree_.write("thread-self/net/udp", table);
    inodes(Protocol::udp);
    EXPECT_EQ(failure_, DumpFailure::malformed) << table;
  }
  tree_.write("thread-self/net/udp", header);
  EXPECT_THAT(inodes(Protocol::udp), ElementsAre(9));
  EXPECT_EQ(failure_, std::nullopt) << "no sockets is a table too";
}

TEST_F(ProcfsSourceTest, ReadsTheTablesThatItIsTold) {
  tree_.write("12/net/tcp",
              proc_net_text(Protocol::tcp, Family::ipv4, {{.state = 10, .inode = 9}}));
  ProcfsSource source(tree_.open());
  source.read_from("12/net");
  std::vector<std::uint32_t> seen;
  const auto dumped = source.dump_all(Protocol::tcp, [&](std::span<const SocketRecord> records) {
    for (const SocketRecord& record : records) seen.push_back(record.key.inode);
  });
  ASSERT_TRUE(dumped);
  EXPECT_THAT(seen, testing::ElementsAre(9));
}

}  // namespace
}  // namespace sockwatch::test
