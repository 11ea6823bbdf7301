// What a scrape shows while the source of a protocol changes between netlink and /proc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "unit/fake_host.h"

namespace sockwatch::test {
namespace {

using std::chrono::seconds;
using testing::IsEmpty;

constexpr const char* kUp = "sockwatch_source_up";
constexpr const char* kErrors = "sockwatch_sample_errors_total";
constexpr const char* kFirstSeen = "sockwatch_listener_first_seen_timestamp_seconds";
constexpr const char* kUdpDrops = "sockwatch_udp_receive_drops_total";

class SourceChange : public testing::Test {
 protected:
  SourceChange() {
    host_.kernel.tcp[0].send_queue = 128;
    host_.kernel.tcp[0].drops = 1000;
    host_.kernel.udp[0].drops = 500;
    host_.write_proc_net();
  }

  void unload(Protocol protocol) {
    host_.kernel.fail(FailAt::error_message, ENOENT, dumps_of(protocol));
  }

  FakeHost host_;
};

TEST_F(SourceChange, ShowsTheSourceInUseAndNoOther) {
  host_.sample();
  unload(Protocol::tcp);
  const Exposition without = host_.sample();
  EXPECT_EQ(without.value(kUp, of(Protocol::tcp)), 1);
  EXPECT_EQ(without.label("source", kUp, of(Protocol::tcp)), "procfs");
  EXPECT_EQ(without.label("source", kUp, of(Protocol::udp)), "netlink");
  host_.kernel.repair();
  EXPECT_EQ(host_.sample(seconds(30)).label("source", kUp, of(Protocol::tcp)), "procfs");
  EXPECT_EQ(host_.sample(seconds(30)).label("source", kUp, of(Protocol::tcp)), "netlink");
}

TEST_F(SourceChange, KeepsCountsWhole) {
  const Exposition netlink = host_.sample();
  unload(Protocol::tcp);
  unload(Protocol::udp);
  const Exposition procfs = host_.sample();
  for (const char* metric : {"sockwatch_sockets", "sockwatch_process_sockets",
                             "sockwatch_port_sockets", "sockwatch_listener_sockets"}) {
    EXPECT_EQ(procfs.sum(metric), netlink.sum(metric)) << metric;
  }
}

TEST_F(SourceChange, CountsARefusalThatTheOtherSourceMadeGood) {
  unload(Protocol::tcp);
  const Exposition seen = host_.sample();
  EXPECT_EQ(seen.value(kErrors, {{"source", "netlink"}, {"reason", "no_handler"}}), 1);
  EXPECT_EQ(seen.sum(kErrors), 1);
  ASSERT_EQ(host_.faults.size(), 1U);
  EXPECT_TRUE(host_.faults[0].made_good);
  EXPECT_EQ(host_.sample().sum(kErrors), 1) << "netlink is not asked each time";
}

TEST_F(SourceChange, IsNoChangeOfListeners) {
  const double first_seen = host_.sample().value(kFirstSeen, of(Protocol::tcp)).value();
  unload(Protocol::tcp);
  unload(Protocol::udp);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(host_.sample(seconds(1)).value(kFirstSeen, of(Protocol::tcp)), first_seen);
  }
  host_.kernel.repair();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(host_.sample(seconds(30)).value(kFirstSeen, of(Protocol::tcp)), first_seen);
  }
  EXPECT_THAT(host_.events, IsEmpty());
}

TEST_F(SourceChange, TellsListenersThatComeAndGoAfterIt) {
  host_.sample();
  unload(Protocol::tcp);
  host_.sample();
  host_.kernel.tcp.push_back({.local = "0.0.0.0", .port = 81, .state = 10, .inode = 16});
  host_.write_proc_net();
  host_.sample();
  ASSERT_EQ(host_.events.size(), 1U);
  EXPECT_EQ(host_.events[0].kind, ListenerEvent::Kind::appeared);
  host_.kernel.tcp.pop_back();
  host_.write_proc_net();
  host_.sample();
  host_.sample();
  ASSERT_EQ(host_.events.size(), 2U);
  EXPECT_EQ(host_.events[1].kind, ListenerEvent::Kind::gone);
}

TEST_F(SourceChange, IsABaselineOfDropsThatGoOnFromTheirTotal) {
  host_.sample();
  host_.kernel.udp[0].drops = 503;
  EXPECT_EQ(host_.sample().value(kUdpDrops), 3);
  unload(Protocol::udp);
  host_.kernel.udp[0].drops = 600;
  host_.write_proc_net();
  EXPECT_EQ(host_.sample().value(kUdpDrops), 3) << "nobody knows since when";
  host_.kernel.udp[0].drops = 601;
  host_.write_proc_net();
  EXPECT_EQ(host_.sample().value(kUdpDrops), 4);
  host_.kernel.repair();
  EXPECT_EQ(host_.sample(seconds(60)).value(kUdpDrops), 4);
  host_.kernel.udp[0].drops = 611;
  EXPECT_EQ(host_.sample().value(kUdpDrops), 14);
}

TEST_F(SourceChange, ShowsNoLimitAndNoDropsOfAcceptQueuesThatProcDoesNotTell) {
  const char* limit = "sockwatch_listener_accept_queue_limit";
  const char* drops = "sockwatch_listener_accept_drops_total";
  host_.sample();
  host_.kernel.tcp[0].drops = 1002;
  const Exposition netlink = host_.sample();
  EXPECT_EQ(netlink.value(limit), 128);
  EXPECT_EQ(netlink.value(drops), 2);
  unload(Protocol::tcp);
  const Exposition procfs = host_.sample();
  EXPECT_THAT(procfs.select(limit), IsEmpty());
  EXPECT_THAT(procfs.select(drops), IsEmpty());
  EXPECT_EQ(procfs.select("sockwatch_listener_accept_queue").size(), 1U);
  host_.kernel.repair();
  const Exposition again = host_.sample(seconds(60));
  EXPECT_EQ(again.value(limit), 128);
  EXPECT_EQ(again.value(drops), 2) << "a counter does not go back";
}

TEST_F(SourceChange, KeepsTheAgeOfUdpListenersFromReadingAsNew) {
  host_.kernel.udp[0] = {.local = "0.0.0.0", .port = 61500, .state = 7, .cookie = 4, .inode = 14};
  host_.write_proc_net();
  for (int i = 0; i < 3; ++i) host_.sample();
  unload(Protocol::udp);
  for (int i = 0; i < 4; ++i) host_.sample();
  EXPECT_EQ(host_.sample().sum("sockwatch_listener_sockets", of(Protocol::udp)), 1);
  EXPECT_THAT(host_.events, IsEmpty());
}

TEST_F(SourceChange, ShowsNoZeroOfAStateThatProcDoesNotTell) {
  const Labels bound = {{"state", "bound_inactive"}};
  EXPECT_EQ(host_.sample().select("sockwatch_sockets", bound).size(), 2U);
  unload(Protocol::tcp);
  const Exposition procfs = host_.sample();
  EXPECT_THAT(procfs.select("sockwatch_sockets", bound), IsEmpty());
  EXPECT_EQ(procfs.select("sockwatch_sockets", of(Protocol::tcp)).size(), 20U);
}

TEST_F(SourceChange, ByTheSettingsIsOneAsWell) {
  host_.sample();
  host_.options.collector.source = Source::procfs;
  host_.sampler->change(host_.options);
  const std::size_t asked = host_.kernel.requests().size();
  EXPECT_EQ(host_.sample().label("source", kUp, of(Protocol::tcp)), "procfs");
  EXPECT_EQ(host_.kernel.requests().size(), asked + 2) << "rtnetlink alone";
  EXPECT_THAT(host_.events, IsEmpty());
}

TEST_F(SourceChange, WhileAProtocolIsNotSampledIsOneAsWell) {
  unload(Protocol::tcp);
  host_.sample();
  host_.options.collector.protocols = {Protocol::udp};
  host_.sampler->change(host_.options);
  host_.sample(seconds(60));
  host_.kernel.repair();
  host_.kernel.tcp.push_back(
      {.local = "0.0.0.0", .port = 81, .state = 10, .cookie = 9, .drops = 7});
  host_.options.collector.protocols = {Protocol::tcp, Protocol::udp};
  host_.sampler->change(host_.options);
  Exposition seen = host_.sample();
  for (int i = 0; i < 3; ++i) seen = host_.sample();
  EXPECT_EQ(seen.sum("sockwatch_listener_accept_drops_total"), 0);
  EXPECT_EQ(seen.select("sockwatch_listener_accept_drops_total").size(), 2U);
  EXPECT_THAT(host_.events, IsEmpty());
}

}  // namespace
}  // namespace sockwatch::test
