#include "app/netlink_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "support/fake_kernel.h"

namespace sockwatch::test {
namespace {

using kernel::DumpFailure;
using testing::ElementsAre;
using testing::IsEmpty;

class NetlinkSourceTest : public testing::Test {
 protected:
  NetlinkSourceTest() {
    kernel_.tcp = {{.local = "0.0.0.0", .port = 80, .state = 10, .cookie = 1, .drops = 5},
                   {.local = "::", .port = 80, .state = 10, .cookie = 2, .drops = 6},
                   {.port = 80, .remote = "127.0.0.1", .remote_port = 40000, .cookie = 3},
                   {.local = "::1", .port = 81, .state = 7, .cookie = 4},
                   {.port = 80, .remote = "127.0.0.1", .remote_port = 9, .state = 3, .cookie = 5}};
    kernel_.udp = {{.local = "0.0.0.0", .port = 53, .state = 7, .cookie = 6, .drops = 7},
                   {.local = "::", .port = 53, .state = 7, .cookie = 7, .drops = 8},
                   {.port = 40001, .state = 7, .cookie = 8, .auto_port = true},
                   {.port = 53, .remote = "127.0.0.1", .remote_port = 9, .cookie = 9}};
  }

  /// The dump's cookies; `failure_` is its error.
  std::vector<std::uint64_t> cookies(Protocol protocol, bool servers = false) {
    std::vector<std::uint64_t> seen;
    last_.clear();
    const auto note = [&](std::span<const SocketRecord> records) {
      for (const SocketRecord& record : records) {
        seen.push_back(record.key.cookie);
        last_.push_back(record);
      }
    };
    const auto dumped =
        servers ? source_.dump_servers(protocol, note) : source_.dump_all(protocol, note);
    failure_ = dumped ? std::nullopt : std::optional(dumped.error().reason);
    return seen;
  }

  /// "walk" or "ipv4", "ipv6" for each dump that the kernel was asked for, since the last call.
  std::vector<std::string> asked() {
    std::vector<std::string> words;
    const auto& requests = kernel_.requests();
    for (; asked_ < requests.size(); ++asked_) {
      const DumpRequest& request = requests[asked_];
      words.push_back(is_tcp_walk(request) ? "walk" : request.family == AF_INET ? "ipv4" : "ipv6");
    }
    return words;
  }

  FakeKernel kernel_;
  NetlinkSource source_{kernel_.opener()};
  std::vector<SocketRecord> last_;
  std::optional<DumpFailure> failure_;
  std::size_t asked_ = 0;
};

TEST_F(NetlinkSourceTest, DumpsEverySocketOfAProtocol) {
  EXPECT_THAT(cookies(Protocol::tcp), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(asked(), ElementsAre("walk"));
  EXPECT_THAT(cookies(Protocol::udp), ElementsAre(6, 8, 9, 7));
  EXPECT_THAT(asked(), ElementsAre("ipv4", "ipv6"));
  EXPECT_EQ(last_[0].drops, std::nullopt);  // the extension is not asked for
  EXPECT_EQ(last_[0].protocol, Protocol::udp);
  EXPECT_EQ(failure_, std::nullopt);
}

TEST_F(NetlinkSourceTest, DumpsServersWithTheirDrops) {
  EXPECT_THAT(cookies(Protocol::tcp, true), ElementsAre(1, 2));
  EXPECT_EQ(last_[1].drops, 6U);
  EXPECT_THAT(cookies(Protocol::udp, true), ElementsAre(6, 7));
  EXPECT_EQ(last_[1].drops, 8U);
}

TEST_F(NetlinkSourceTest, DumpsASocketOnceHoweverTheRowsAreSplit) {
  kernel_.rows_per_datagram = 1;
  EXPECT_THAT(cookies(Protocol::tcp), ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(NetlinkSourceTest, DumpsAnEmptyTable) {
  kernel_.tcp.clear();
  EXPECT_THAT(cookies(Protocol::tcp), IsEmpty());
  EXPECT_EQ(failure_, std::nullopt);
}

TEST_F(NetlinkSourceTest, AsksForEachFamilyWhereTheWalkIsRefused) {
  for (const FailAt where : {FailAt::error_message, FailAt::done_message}) {
    for (const int code : {EINVAL, ENOENT, EOPNOTSUPP}) {
      FakeKernel kernel;
      kernel.tcp = {{.port = 80, .state = 10}, {.local = "::1", .port = 80, .state = 10}};
      kernel.fail(where, code, [](const DumpRequest& request) {
        return is_tcp_walk(request) && request.states == kernel::kAllStates;
      });
      if (where == FailAt::done_message) kernel.tcp.clear();
      const std::size_t sockets = kernel.tcp.size();
      NetlinkSource source(kernel.opener());
      std::size_t seen = 0;
      for (std::size_t sample = 1; sample <= 3; ++sample) {
        EXPECT_TRUE(source.dump_all(Protocol::tcp, [&](auto records) { seen += records.size(); }));
        EXPECT_EQ(seen, sample * sockets) << code;
        EXPECT_EQ(kernel.requests().size(), 1 + 2 * sample) << "the walk is asked for once";
      }
    }
  }
}

TEST_F(NetlinkSourceTest, TriesTheWalkAgainWhereNothingElseWorksEither) {
  kernel_.fail(FailAt::error_message, ENOENT, dumps_of(Protocol::tcp));
  EXPECT_THAT(cookies(Protocol::tcp), IsEmpty());
  EXPECT_EQ(failure_, DumpFailure::no_handler);
  EXPECT_THAT(asked(), ElementsAre("walk", "ipv4"));
  kernel_.repair();  // the module was loaded
  EXPECT_THAT(cookies(Protocol::tcp), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(asked(), ElementsAre("walk"));
}

TEST_F(NetlinkSourceTest, DoesNotAskTwiceWhereTheWalkOnlyFailed) {
  for (const int code : {EPERM, EACCES, EBUSY, EAGAIN}) {
    kernel_.repair();
    kernel_.fail(FailAt::error_message, code, is_tcp_walk);
    EXPECT_THAT(cookies(Protocol::tcp), IsEmpty()) << code;
    EXPECT_TRUE(failure_) << code;
    EXPECT_THAT(asked(), ElementsAre("walk")) << code;
  }
}

TEST_F(NetlinkSourceTest, DoesNotCountTwiceWhereTheWalkFailedAtItsEnd) {
  kernel_.fail(FailAt::done_message, EINVAL, is_tcp_walk);
  EXPECT_THAT(cookies(Protocol::tcp), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(failure_, DumpFailure::other);
  EXPECT_THAT(asked(), ElementsAre("walk"));
}

TEST_F(NetlinkSourceTest, IsIncompleteWithoutTheSecondFamily) {
  kernel_.fail(FailAt::done_message, ENOMEM,
               [](const DumpRequest& request) { return request.family == AF_INET6; });
  EXPECT_THAT(cookies(Protocol::udp), ElementsAre(6, 8, 9, 7));
  EXPECT_EQ(failure_, DumpFailure::other);
}

TEST_F(NetlinkSourceTest, RowsThatCannotBeDecodedEndTheDump) {
  kernel_.follow([](const DumpRequest& request) {
    const Buffer good = reply(request.from, request.type, diag_message({.state = 10}));
    const Buffer bad = reply(request.from, request.type, Buffer(50));
    return std::vector<Reply>{{.bytes = joined({good, bad})}, {.bytes = done(request.from)}};
  });
  EXPECT_THAT(cookies(Protocol::tcp), IsEmpty());
  EXPECT_EQ(failure_, DumpFailure::malformed);
}

TEST_F(NetlinkSourceTest, UsesOneChannelForACycleAndHoldsNoneAfterIt) {
  for (std::size_t cycle = 1; cycle <= 3; ++cycle) {
    cookies(Protocol::tcp, true);
    cookies(Protocol::tcp);
    cookies(Protocol::udp);
    EXPECT_EQ(kernel_.channels_opened(), cycle);
    source_.close();
    EXPECT_EQ(kernel_.channels_open(), 0U);
  }
}

TEST_F(NetlinkSourceTest, GivesUpAChannelOnWhichADumpFailed) {
  kernel_.fail(FailAt::receive, EAGAIN, dumps_of(Protocol::tcp));
  cookies(Protocol::tcp);
  EXPECT_EQ(kernel_.channels_open(), 0U);
  EXPECT_THAT(cookies(Protocol::udp), ElementsAre(6, 8, 9, 7));
  EXPECT_EQ(failure_, std::nullopt);
}

TEST_F(NetlinkSourceTest, SaysWhyAChannelCannotBeOpened) {
  kernel_.fail_open(NETLINK_SOCK_DIAG, EACCES);
  cookies(Protocol::tcp);
  EXPECT_EQ(failure_, DumpFailure::permission);
  kernel_.fail_open(NETLINK_SOCK_DIAG, EPROTONOSUPPORT);
  cookies(Protocol::udp);
  EXPECT_EQ(failure_, DumpFailure::no_handler);
}

TEST_F(NetlinkSourceTest, ReadsInterfacesAndTheirAddresses) {
  const auto interfaces = source_.interfaces();
  ASSERT_TRUE(interfaces);
  EXPECT_EQ(interfaces->name(2), "eth0");
  EXPECT_TRUE(interfaces->is_local(ip("203.0.113.1")));
  EXPECT_TRUE(interfaces->is_local(ip("2001:db8::1")));
  EXPECT_FALSE(interfaces->only_loopback_up());
  EXPECT_EQ(kernel_.channels_open(), 0U);
}

TEST_F(NetlinkSourceTest, InterfacesAreNothingRatherThanHalf) {
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{RTM_GETLINK, RTM_GETADDR}) {
    kernel_.repair();
    kernel_.fail(FailAt::done_message, ENOBUFS,
                 [type](const DumpRequest& request) { return request.type == type; });
    EXPECT_FALSE(source_.interfaces()) << type;
  }
  kernel_.fail_open(NETLINK_ROUTE, EMFILE);
  EXPECT_FALSE(source_.interfaces());
  EXPECT_EQ(kernel_.channels_open(), 0U);
}

}  // namespace
}  // namespace sockwatch::test
