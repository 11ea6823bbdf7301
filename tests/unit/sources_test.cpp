#include "app/sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/netlink.h>

#include <cerrno>

#include "support/fake_kernel.h"
#include "support/memory_directory.h"
#include "support/proc_net_text.h"

namespace sockwatch::test {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// Both sources know the same sockets; netlink's have cookies.
class SourcesTest : public testing::Test {
 protected:
  SourcesTest() {
    kernel_.tcp = {{.port = 80, .state = 10, .cookie = 1, .inode = 1},
                   {.port = 80, .remote = "127.0.0.1", .remote_port = 9, .cookie = 2, .inode = 2}};
    kernel_.udp = {{.port = 53, .state = 7, .cookie = 3, .inode = 3}};
    for (const Protocol protocol : kProtocols) {
      for (const Family family : {Family::ipv4, Family::ipv6}) {
        tree_.write(
            proc_net_file(protocol, family),
            proc_net_text(protocol, family, protocol == Protocol::tcp ? kernel_.tcp : kernel_.udp));
      }
    }
  }

  struct Cycle {
    bool whole = false;
    std::string source;
    std::size_t servers = 0;
    std::size_t sockets = 0;
    std::vector<std::string> faults;  // "tcp netlink no_handler", with "!" when made good
  };

  Cycle cycle(Protocol protocol = Protocol::tcp) {
    Cycle result;
    sources_.begin_cycle(choice_, MonotonicTime(now_));
    const auto servers =
        sources_.dump_servers(protocol, [&](auto records) { result.servers += records.size(); });
    result.source = sources_.source_of(name(protocol));
    const auto all = !servers ? servers : sources_.dump_all(protocol, [&](auto records) {
      result.sockets += records.size();
    });
    sources_.close();
    result.whole = servers && all;
    for (const Fault& fault : sources_.take_faults()) {
      result.faults.push_back(
          std::string(fault.what) + " " + std::string(fault.source) + " " +
          std::string(kernel::kDumpFailureNames[static_cast<std::size_t>(fault.error.reason)]) +
          (fault.made_good ? "!" : ""));
    }
    return result;
  }

  void refuse(int code = ENOENT, FailAt where = FailAt::error_message) {
    kernel_.fail(where, code, dumps_of(Protocol::tcp));
  }

  FakeKernel kernel_;
  MemoryDirectory tree_;
  Sources sources_{kernel_.opener(), tree_.open()};
  Source choice_ = Source::automatic;
  seconds now_{1000};
};

TEST_F(SourcesTest, PreferNetlink) {
  const Cycle seen = cycle();
  EXPECT_TRUE(seen.whole);
  EXPECT_EQ(seen.source, "netlink");
  EXPECT_EQ(seen.servers, 1U);
  EXPECT_EQ(seen.sockets, 2U);
  EXPECT_THAT(seen.faults, IsEmpty());
}

TEST_F(SourcesTest, TakeProcfsInTheSameCycleWhereNetlinkHasNoHandler) {
  refuse();
  const Cycle seen = cycle();
  EXPECT_TRUE(seen.whole);
  EXPECT_EQ(seen.source, "procfs");
  EXPECT_EQ(seen.servers, 1U);
  EXPECT_EQ(seen.sockets, 2U);
  EXPECT_THAT(seen.faults, ElementsAre("tcp netlink no_handler!"));
}

TEST_F(SourcesTest, TakeProcfsWhereThereIsNoNetlinkAtAll) {
  for (const int code : {EPROTONOSUPPORT, EAFNOSUPPORT, EPERM, EACCES}) {
    kernel_.fail_open(NETLINK_SOCK_DIAG, code);
    now_ += seconds(100);
    const Cycle seen = cycle(Protocol::udp);
    EXPECT_TRUE(seen.whole) << code;
    EXPECT_EQ(seen.source, "procfs") << code;
  }
}

TEST_F(SourcesTest, AskNetlinkAgainAfterAMinute) {
  refuse();
  cycle();
  kernel_.repair();  // the module was loaded
  now_ += seconds(59);
  EXPECT_EQ(cycle().source, "procfs");
  now_ += seconds(1);
  const Cycle seen = cycle();
  EXPECT_EQ(seen.source, "netlink");
  EXPECT_TRUE(seen.whole);
}

TEST_F(SourcesTest, CountARefusalOnceForEachTimeThatNetlinkIsAsked) {
  refuse();
  std::size_t faults = 0;
  for (int second = 0; second < 180; ++second, now_ += seconds(1)) {
    const Cycle seen = cycle();
    EXPECT_TRUE(seen.whole);
    faults += seen.faults.size();
  }
  EXPECT_EQ(faults, 3U);
}

TEST_F(SourcesTest, ChooseForEachProtocolByItself) {
  refuse();
  EXPECT_EQ(cycle(Protocol::tcp).source, "procfs");
  EXPECT_EQ(cycle(Protocol::udp).source, "netlink");
  EXPECT_EQ(cycle(Protocol::tcp).source, "procfs");
}

TEST_F(SourcesTest, DoNotTakeProcfsForADumpThatOnlyFailed) {
  for (const int code : {EPERM, EBUSY, ENOBUFS, EAGAIN}) {
    kernel_.repair();
    refuse(code);
    const Cycle seen = cycle();
    EXPECT_FALSE(seen.whole) << code;
    EXPECT_EQ(seen.source, "netlink") << code;
    EXPECT_EQ(seen.servers, 0U) << code;
    EXPECT_EQ(seen.faults.size(), 1U) << code;
  }
}

TEST_F(SourcesTest, DoNotBeginAnewWhatNetlinkHasBegun) {
  refuse(ENOENT, FailAt::done_message);
  const Cycle seen = cycle();
  EXPECT_FALSE(seen.whole);
  EXPECT_EQ(seen.servers, 1U);
  EXPECT_THAT(seen.faults, ElementsAre("tcp netlink no_handler"));
}

TEST_F(SourcesTest, KeepNetlinksErrorWhereProcHasNoTableEither) {
  tree_.remove("thread-self/net");
  refuse();
  for (int i = 0; i < 3; ++i) {
    const Cycle seen = cycle();
    EXPECT_FALSE(seen.whole);
    EXPECT_EQ(seen.source, "netlink");
    EXPECT_THAT(seen.faults, ElementsAre("tcp netlink no_handler"));
  }
  kernel_.repair();
  EXPECT_TRUE(cycle().whole) << "netlink is asked each time";
}

TEST_F(SourcesTest, TellBothFailuresWhereProcfsFailsInItsTurn) {
  refuse();
  tree_.write("thread-self/net/tcp", "nonsense\n");
  const Cycle seen = cycle();
  EXPECT_FALSE(seen.whole);
  EXPECT_EQ(seen.source, "procfs");
  EXPECT_THAT(seen.faults, ElementsAre("tcp netlink no_handler", "tcp procfs malformed"));
  EXPECT_THAT(cycle().faults, ElementsAre("tcp procfs malformed"));
}

TEST_F(SourcesTest, StayWithTheSourceOfTheServersForTheWholeCycle) {
  kernel_.fail(FailAt::error_message, ENOENT,
               [](const DumpRequest& request) { return request.states == kernel::kAllStates; });
  const Cycle seen = cycle();
  EXPECT_FALSE(seen.whole);
  EXPECT_EQ(seen.servers, 1U);
  EXPECT_EQ(seen.sockets, 0U);
  EXPECT_THAT(seen.faults, ElementsAre("tcp netlink no_handler"));
}

TEST_F(SourcesTest, UseNetlinkAloneWhenTold) {
  choice_ = Source::netlink;
  refuse();
  const Cycle seen = cycle();
  EXPECT_FALSE(seen.whole);
  EXPECT_EQ(seen.source, "netlink");
  EXPECT_THAT(seen.faults, ElementsAre("tcp netlink no_handler"));
}

TEST_F(SourcesTest, UseProcfsAloneWhenTold) {
  choice_ = Source::procfs;
  const Cycle seen = cycle();
  EXPECT_TRUE(seen.whole);
  EXPECT_EQ(seen.source, "procfs");
  EXPECT_THAT(kernel_.requests(), IsEmpty());
  tree_.remove("thread-self/net/tcp");
  EXPECT_THAT(cycle().faults, ElementsAre("tcp procfs no_handler"));
  EXPECT_THAT(kernel_.requests(), IsEmpty());
}

TEST_F(SourcesTest, FollowAChangeOfTheChoiceAtOnce) {
  choice_ = Source::procfs;
  EXPECT_EQ(cycle().source, "procfs");
  choice_ = Source::netlink;
  EXPECT_EQ(cycle().source, "netlink");
  choice_ = Source::procfs;
  cycle();
  choice_ = Source::automatic;
  EXPECT_EQ(cycle().source, "netlink");
}

TEST_F(SourcesTest, TellThatInterfacesCannotBeRead) {
  kernel_.fail_open(NETLINK_ROUTE, EMFILE);
  sources_.begin_cycle(Source::automatic, MonotonicTime(now_));
  EXPECT_FALSE(sources_.interfaces());
  const auto faults = sources_.take_faults();
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].what, "interfaces");
  EXPECT_EQ(faults[0].source, "rtnetlink");
  EXPECT_EQ(faults[0].error.code, EMFILE);
  EXPECT_THAT(sources_.take_faults(), IsEmpty());
}

}  // namespace
}  // namespace sockwatch::test
