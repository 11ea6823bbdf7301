// What a failing kernel does to what a scrape shows: never a false zero.
#include <gtest/gtest.h>
#include <linux/netlink.h>

#include "unit/dump_failures.h"

namespace sockwatch::test {
namespace {

using Host = FakeHost;
using std::chrono::seconds;

constexpr const char* kErrors = "sockwatch_sample_errors_total";

Labels netlink_error(const std::string& reason) {
  return {{"source", "netlink"}, {"reason", reason}};
}

void expect_all_of(const Exposition& metrics, Protocol protocol) {
  const double sockets = protocol == Protocol::tcp ? 3 : 2;
  for (const char* metric : {"sockwatch_sockets", "sockwatch_process_sockets"}) {
    EXPECT_EQ(metrics.sum(metric, of(protocol)), sockets) << metric;
  }
  EXPECT_EQ(metrics.sum("sockwatch_listener_sockets", of(protocol)), 1);
}

Protocol other_than(Protocol protocol) {
  return protocol == Protocol::tcp ? Protocol::udp : Protocol::tcp;
}

TEST(FailedDump, OfAProtocolThatWasNeverCompleteShowsNothingOfIt) {
  Host host;
  for_each_failure(host, [&](Protocol protocol, FailAt place, const FailureCode& code) {
    host.kernel.fail(place, code.number, dumps_of(protocol));
    const Exposition metrics = host.sample();
    EXPECT_EQ(shown_of(metrics, protocol), "");
    EXPECT_EQ(up(metrics, protocol), 0);
    EXPECT_EQ(metrics.sum(kErrors), 1);
    EXPECT_EQ(metrics.value(kErrors, netlink_error(code.reason)), 1);

    expect_all_of(metrics, other_than(protocol));
    EXPECT_EQ(up(metrics, other_than(protocol)), 1);
  });
}

TEST(FailedDump, AfterAGoodOneShowsTheLastGoodFigures) {
  Host host;
  for_each_failure(host, [&](Protocol protocol, FailAt place, const FailureCode& code) {
    expect_all_of(host.sample(), protocol);
    host.kernel.fail(place, code.number, dumps_of(protocol));
    const Exposition metrics = host.sample(seconds(5));
    EXPECT_EQ(metrics.sum("sockwatch_sockets", of(protocol)), protocol == Protocol::tcp ? 3 : 2);
    EXPECT_EQ(up(metrics, protocol), 0);
    EXPECT_EQ(metrics.sum(kErrors), 1);
    expect_all_of(metrics, other_than(protocol));
    EXPECT_EQ(up(metrics, other_than(protocol)), 1);
  });
}

TEST(FailedDump, ForWantOfAChannelShowsNothing) {
  for (const Protocol protocol : kProtocols) {
    Host host({protocol});
    for (const FailureCode& code : kFailureCodes) {
      host.restart();
      host.kernel.fail_open(NETLINK_SOCK_DIAG, code.number);
      const Exposition metrics = host.sample();
      EXPECT_EQ(shown_of(metrics, protocol), "");
      EXPECT_EQ(up(metrics, protocol), 0);
      EXPECT_EQ(metrics.sum(kErrors), 1) << code.number;
      EXPECT_EQ(metrics.value(kErrors, netlink_error(code.reason)), 1) << code.number;
    }
  }
}

TEST(FailedDump, ForWantOfAChannelCountsForEachProtocol) {
  Host host;
  host.kernel.fail_open(NETLINK_SOCK_DIAG, EMFILE);
  const Exposition metrics = host.sample();
  for (const Protocol protocol : kProtocols) {
    EXPECT_EQ(shown_of(metrics, protocol), "");
    EXPECT_EQ(up(metrics, protocol), 0);
  }
  EXPECT_EQ(metrics.value(kErrors, netlink_error("other")), 2);
  EXPECT_TRUE(metrics.select("sockwatch_last_sample_timestamp_seconds").empty());
}

TEST(FailedDump, KeepsCountsForThreeIntervals) {
  Host host;
  host.sample();
  host.kernel.tcp.clear();
  host.kernel.fail(FailAt::done_message, ENOENT, dumps_of(Protocol::tcp));
  for (int interval = 1; interval <= 3; ++interval) {
    const Exposition metrics = host.sample(seconds(5));
    EXPECT_EQ(metrics.sum("sockwatch_sockets", of(Protocol::tcp)), 3) << interval;
    EXPECT_EQ(metrics.sum("sockwatch_process_sockets", of(Protocol::tcp)), 3) << interval;
    EXPECT_EQ(up(metrics, Protocol::tcp), 0) << interval;
  }
  const Exposition metrics = host.sample(seconds(5));
  EXPECT_EQ(shown_of(metrics, Protocol::tcp), "");
  expect_all_of(metrics, Protocol::udp);
}

TEST(FailedDump, KeepsListenersForThreeOfTheirOwnIntervals) {
  Host host;
  host.sample();
  host.kernel.fail(FailAt::error_message, EBUSY, dumps_of(Protocol::tcp));
  for (int interval = 1; interval <= 3; ++interval) {
    const Exposition metrics = host.sample(seconds(1));
    EXPECT_EQ(metrics.sum("sockwatch_listener_sockets", of(Protocol::tcp)), 1) << interval;
    EXPECT_EQ(up(metrics, Protocol::tcp), 0) << interval;
    EXPECT_EQ(metrics.sum(kErrors), interval);
  }
  const Exposition metrics = host.sample(seconds(1));
  EXPECT_TRUE(metrics.select("sockwatch_listener_sockets", of(Protocol::tcp)).empty());
  EXPECT_EQ(metrics.sum("sockwatch_listener_sockets", of(Protocol::udp)), 1);
  EXPECT_EQ(metrics.sum("sockwatch_sockets", of(Protocol::tcp)), 3);  // still fresh
}

TEST(FailedDump, IsForgottenByTheNextGoodOne) {
  Host host;
  const char* first_seen = "sockwatch_listener_first_seen_timestamp_seconds";
  const double before = host.sample().value(first_seen, of(Protocol::tcp)).value();
  host.kernel.fail(FailAt::receive, EAGAIN, dumps_of(Protocol::tcp));
  for (int interval = 0; interval < 10; ++interval) host.sample(seconds(5));
  host.kernel.repair();
  const Exposition metrics = host.sample(seconds(5));
  expect_all_of(metrics, Protocol::tcp);
  EXPECT_EQ(up(metrics, Protocol::tcp), 1);
  EXPECT_EQ(metrics.sum(kErrors), 10);
  EXPECT_EQ(metrics.value(first_seen, of(Protocol::tcp)), before);
}

TEST(FailedDump, OfGarbageIsMalformed) {
  Host host;
  host.sample();
  host.kernel.follow([](const DumpRequest&) {
    return std::vector<Reply>{{.bytes = Buffer(100, std::byte{0x5a})}};
  });
  const Exposition metrics = host.sample(seconds(5));
  EXPECT_EQ(metrics.value(kErrors, netlink_error("malformed")), 2);
  EXPECT_EQ(metrics.sum("sockwatch_sockets"), 5);
}

TEST(FailedDump, OfInterfacesLeavesThemAsTheyWere) {
  Host host;
  const auto exposure = [](const Exposition& metrics) {
    return metrics.label("exposure", "sockwatch_listener_sockets", of(Protocol::tcp));
  };
  EXPECT_EQ(exposure(host.sample()), "public");
  host.kernel.addresses.clear();
  host.kernel.fail_open(NETLINK_ROUTE, EMFILE);
  const Exposition metrics = host.sample(seconds(5));
  EXPECT_EQ(exposure(metrics), "public");
  EXPECT_EQ(metrics.sum(kErrors), 1);
  EXPECT_EQ(metrics.value(kErrors, {{"source", "rtnetlink"}, {"reason", "other"}}), 1);
  host.kernel.repair();
  EXPECT_EQ(exposure(host.sample(seconds(5))), "nonlocal");
}

TEST(FailedDump, ForGoodDoesNotKeepTheOtherProtocolsSocketsForGood) {
  Host host;
  host.kernel.fail(FailAt::done_message, ENOENT, dumps_of(Protocol::udp));
  for (std::uint32_t socket = 100; socket < 120; ++socket) {
    host.kernel.tcp = {{.port = 80, .state = 10, .cookie = socket, .inode = socket}};
    host.tree.add({.pid = static_cast<pid_t>(socket)});
    host.tree.hold(static_cast<pid_t>(socket), 3, socket);
    host.sample(seconds(5));
  }
  EXPECT_LE(host.sampler->collector().owners().sockets(), 5U);
  EXPECT_LE(host.sampler->collector().owners().processes(), 6U);
}

TEST(Sampling, SearchesProcOnlyForWhatIsNew) {
  Host host;
  host.sample(seconds(1));
  const std::size_t searches = host.sampler->collector().owners().searches();
  for (int sample = 0; sample < 20; ++sample) host.sample(seconds(1));
  EXPECT_EQ(host.sampler->collector().owners().searches(), searches);
  host.kernel.tcp.push_back(
      {.port = 80, .remote = "127.0.0.1", .remote_port = 8, .cookie = 9, .inode = 19});
  host.tree.hold(50, 19, 19);
  const Exposition metrics = host.sample(seconds(5));
  EXPECT_EQ(metrics.sum("sockwatch_process_sockets", of(Protocol::tcp)), 4);
  EXPECT_EQ(host.sampler->collector().owners().searches(), searches + 1);
}

}  // namespace
}  // namespace sockwatch::test
