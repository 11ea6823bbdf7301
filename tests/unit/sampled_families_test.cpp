// Unix, packet and raw sockets through the whole sampler: what a scrape shows of them, and what of
// a kernel that fails or does not have them.
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>

#include "app/sampler.h"
#include "metrics/render.h"
#include "support/exposition.h"
#include "support/fake_kernel.h"
#include "support/proc_tree.h"

namespace sockwatch::test {
namespace {

using std::chrono::seconds;

constexpr const char* kUnix = "sockwatch_unix_sockets";
constexpr const char* kPacket = "sockwatch_packet_sockets";
constexpr const char* kUp = "sockwatch_source_up";
constexpr const char* kErrors = "sockwatch_sample_errors_total";
constexpr const char* kUnixTable =
    "Num       RefCount Protocol Flags    Type St Inode Path\n"
    "0000000000000001: 00000003 00000000 00000000 0002 03 21\n";
constexpr const char* kPacketTable =
    "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n"
    "00000000aa0ea47d 3      3    0003   0     1 0      0      22\n";
constexpr const char* kRawTable =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode ref pointer drops\n"
    "  62: 00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 23 2 0 0\n";

/// A sampler on a host with a stream connection, a listener, a sniffer and a raw socket.
class SampledFamilies : public testing::Test {
 protected:
  SampledFamilies() {
    kernel.unix_sockets = {{.type = 1, .state = 1, .cookie = 1},
                           {.type = 1, .state = 1, .cookie = 2},
                           {.type = 5, .state = 10, .cookie = 3}};
    kernel.packet_sockets = {
        {.ethertype = 3, .cookie = 4, .inode = 22, .memberships = {PACKET_MR_PROMISC}}};
    tree.add({.pid = 1, .comm = "init"});
    tree.add({.pid = 50, .comm = "tcpdump", .cgroup = "0::/system.slice/trace.service\n"});
    tree.hold(50, 4, 22);
    tree.hold(50, 5, 23);
    tree.write("thread-self/net/raw", kRawTable);
    start();
  }

  void start() {
    SamplerHooks hooks{.now = [this] { return now; },
                       .cpu_time = [] { return std::chrono::nanoseconds(0); },
                       .self = [] { return SelfFigures{}; }};
    hooks.on_error = [this](const Fault& fault) { faults.push_back(fault); };
    sampler.emplace(options, Collector({kernel.opener(), tree.open(), tree.open()}), hooks,
                    published);
  }

  Exposition sample(seconds later = seconds(5)) {
    now = {now.monotonic + later, now.wall + later};
    sampler->sample_once(now);
    return Exposition(metrics::to_families(*published.load(), LiveCounters{}));
  }

  FakeKernel kernel;
  ProcTree tree;
  SamplerOptions options;
  Now now{MonotonicTime(seconds(1000)), WallTime(seconds(1'700'000'000))};
  Published<Report> published;
  std::vector<Fault> faults;
  std::optional<Sampler> sampler;
};

TEST_F(SampledFamilies, AreShownWithWhatHoldsThem) {
  const Exposition seen = sample();
  EXPECT_EQ(seen.value(kUnix, {{"type", "stream"}, {"state", "established"}}), 2);
  EXPECT_EQ(seen.value(kUnix, {{"type", "seqpacket"}, {"state", "listen"}}), 1);
  EXPECT_EQ(seen.select(kUnix).size(), 2U) << "no zeros";
  const Labels owner = {{"netns", "host"}, {"process", "tcpdump"}, {"unit", "trace.service"}};
  EXPECT_EQ(seen.sum(kPacket, owner), 2);
  EXPECT_EQ(
      seen.value(kPacket, {{"kind", "packet"}, {"ethertype", "0x0003"}, {"promiscuous", "true"}}),
      1);
  EXPECT_EQ(seen.value(kPacket, {{"kind", "raw"}, {"ethertype", ""}, {"promiscuous", "false"}}), 1);
  EXPECT_EQ(seen.value(kUp, {{"protocol", "unix"}, {"source", "netlink"}}), 1);
  EXPECT_EQ(seen.value(kUp, {{"protocol", "packet"}, {"source", "netlink"}}), 1);
  EXPECT_EQ(seen.value(kUp, {{"protocol", "raw"}, {"source", "procfs"}}), 1);
  EXPECT_EQ(seen.sum(kErrors), 0);
}

TEST_F(SampledFamilies, ThatADumpDoublesAreCountedOnce) {
  kernel.unix_sockets.push_back({.type = 1, .state = 1, .cookie = 2});
  kernel.packet_sockets.push_back({.cookie = 4, .inode = 22});
  const Exposition seen = sample();
  EXPECT_EQ(seen.sum(kUnix), 3);
  EXPECT_EQ(seen.sum(kPacket, {{"kind", "packet"}}), 1);
}

TEST_F(SampledFamilies, CostNoSearchWhenOwnersAreKnown) {
  kernel.tcp = {{.port = 80, .state = 10, .cookie = 9, .inode = 29}};
  tree.hold(50, 9, 29);
  sample();
  const std::size_t searches = sampler->collector().owners().searches();
  sample();
  EXPECT_EQ(sampler->collector().owners().searches(), searches);
  EXPECT_EQ(sampler->collector().owners().sockets(), 3U);
}

TEST_F(SampledFamilies, ForgetTheOwnersOfSocketsThatAreGone) {
  sample();
  kernel.packet_sockets.clear();
  EXPECT_EQ(sample().sum(kPacket, {{"kind", "packet"}}), 0);
  EXPECT_EQ(sampler->collector().owners().sockets(), 1U);
}

TEST_F(SampledFamilies, KeepTheirOwnersThroughAFailedDump) {
  sample();
  kernel.fail(FailAt::receive, EBUSY, dumps_of_family(AF_PACKET));
  sample();
  kernel.repair();
  EXPECT_EQ(sample().label("process", kPacket, {{"kind", "packet"}}), "tcpdump");
  EXPECT_EQ(sampler->collector().owners().searches(), 1U);
}

TEST_F(SampledFamilies, AreNotDumpedForListenersAlone) {
  sample();
  const auto asked = [this](int family) {
    const auto& requests = kernel.requests();
    return std::ranges::count(requests, family, &DumpRequest::family);
  };
  EXPECT_EQ(asked(AF_UNIX), 1);
  sample(seconds(1));
  EXPECT_EQ(asked(AF_UNIX), 1);
  EXPECT_EQ(asked(AF_PACKET), 1);
  sample(seconds(4));
  EXPECT_EQ(asked(AF_UNIX), 2);
}

TEST_F(SampledFamilies, KeepTheLastGoodFiguresForThreeIntervalsAfterAFailure) {
  sample();
  for (const int family : {AF_UNIX, AF_PACKET}) {
    kernel.fail(FailAt::done_message, EBUSY, dumps_of_family(family));
  }
  for (int failures = 1; failures <= 3; ++failures) {
    const Exposition seen = sample();
    EXPECT_EQ(seen.sum(kUnix), 3) << failures;
    EXPECT_EQ(seen.sum(kPacket), 2) << failures;
    EXPECT_EQ(seen.value(kUp, {{"protocol", "unix"}}), 0);
    EXPECT_EQ(seen.value(kUp, {{"protocol", "packet"}}), 0);
    EXPECT_EQ(seen.value(kUp, {{"protocol", "raw"}}), 1);
    EXPECT_EQ(seen.value(kErrors, {{"source", "netlink"}, {"reason", "busy"}}), 2 * failures);
    EXPECT_EQ(seen.sum(kErrors), 2 * failures);
  }
  const Exposition later = sample(seconds(1));
  EXPECT_EQ(later.select(kUnix).size(), 0U);
  EXPECT_EQ(later.sum(kPacket), 1) << "the raw socket";
  kernel.repair();
  const Exposition again = sample(seconds(4));
  EXPECT_EQ(again.sum(kUnix), 3);
  EXPECT_EQ(again.sum(kPacket), 2);
  EXPECT_EQ(again.value(kUp, {{"protocol", "unix"}}), 1);
}

TEST_F(SampledFamilies, NeverCompleteShowNothing) {
  tree.write("thread-self/net/raw", "junk\n");
  for (const FailAt place : {FailAt::send, FailAt::receive, FailAt::error_message}) {
    kernel.repair();
    for (const int family : {AF_UNIX, AF_PACKET})
      kernel.fail(place, EPERM, dumps_of_family(family));
    start();
    faults.clear();
    const Exposition seen = sample();
    EXPECT_EQ(seen.select(kUnix).size() + seen.select(kPacket).size(), 0U);
    for (const char* family : {"unix", "packet", "raw"}) {
      EXPECT_EQ(seen.value(kUp, {{"protocol", family}}), 0) << family;
    }
    EXPECT_EQ(faults.size(), 3U);
    EXPECT_EQ(seen.value(kUp, {{"protocol", "tcp"}}), 1);
  }
}

TEST_F(SampledFamilies, ComeFromProcWhereNetlinkHasNoHandler) {
  tree.write("thread-self/net/unix", kUnixTable);
  tree.write("thread-self/net/packet", kPacketTable);
  for (const int family : {AF_UNIX, AF_PACKET}) {
    kernel.fail(FailAt::done_message, ENOENT, dumps_of_family(family));
  }
  kernel.unix_sockets.clear();
  kernel.packet_sockets.clear();
  const Exposition seen = sample();
  EXPECT_EQ(seen.value(kUnix, {{"type", "dgram"}, {"state", "established"}}), 1);
  EXPECT_EQ(seen.value(kPacket, {{"ethertype", "0x0003"}, {"promiscuous", ""}, {"kind", "packet"}}),
            1);
  EXPECT_EQ(seen.label("process", kPacket, {{"kind", "packet"}}), "tcpdump");
  EXPECT_EQ(seen.value(kUp, {{"protocol", "unix"}, {"source", "procfs"}}), 1);
  EXPECT_EQ(seen.value(kUp, {{"protocol", "packet"}, {"source", "procfs"}}), 1);
  EXPECT_EQ(seen.value(kErrors, {{"source", "netlink"}, {"reason", "no_handler"}}), 2);
  EXPECT_TRUE(faults.at(0).made_good && faults.at(1).made_good);
  EXPECT_EQ(sample().sum(kErrors), 2) << "not asked in every cycle";
}

TEST_F(SampledFamilies, ThatNoSourceHasAreAbsentAndAskedForRarely) {
  tree.remove("thread-self/net");
  for (const int family : {AF_UNIX, AF_PACKET}) {
    kernel.fail(FailAt::error_message, ENOENT, dumps_of_family(family));
  }
  for (int cycle = 0; cycle < 12; ++cycle) {
    const Exposition seen = sample();
    EXPECT_EQ(seen.select(kUnix).size() + seen.select(kPacket).size(), 0U);
    EXPECT_EQ(seen.select(kUp).size(), 2U) << "tcp and udp";
    EXPECT_EQ(seen.sum(kErrors), 3) << "one for each attempt";
    EXPECT_EQ(seen.select("sockwatch_series_folded", {{"metric", kPacket}}).size(), 0U);
  }
  for (const Fault& fault : faults) EXPECT_TRUE(fault.absent) << fault.what;
  kernel.repair();
  const Exposition loaded = sample();
  EXPECT_EQ(loaded.sum(kUnix), 3);
  EXPECT_EQ(loaded.sum(kErrors), 4) << "raw alone";
  EXPECT_EQ(loaded.value(kUp, {{"protocol", "packet"}}), 1);
}

TEST_F(SampledFamilies, ThatTheKernelLosesHaveNoSourceAtOnceAndNoFiguresLater) {
  sample();
  tree.remove("thread-self/net");
  kernel.fail(FailAt::done_message, ENOENT, dumps_of_family(AF_UNIX));
  const Exposition lost = sample();
  EXPECT_EQ(lost.select(kUp, {{"protocol", "unix"}}).size(), 0U);
  EXPECT_EQ(lost.select(kUp, {{"protocol", "raw"}}).size(), 0U);
  EXPECT_EQ(lost.sum(kUnix), 3);
  sample();
  EXPECT_EQ(sample().sum(kUnix), 3);
  EXPECT_EQ(sample().select(kUnix).size(), 0U);
}

TEST_F(SampledFamilies, DoWithoutTcpAndUdp) {
  options.collector.protocols.clear();
  options.collector.packet_sockets = false;
  start();
  const Exposition seen = sample();
  EXPECT_EQ(seen.sum(kUnix), 3);
  EXPECT_EQ(seen.select(kUp).size(), 1U);
  EXPECT_EQ(seen.select("sockwatch_sockets").size(), 0U);
  EXPECT_TRUE(is_fresh(*published.load(), now.monotonic));
}

TEST_F(SampledFamilies, MakeNoGoodSampleWhereTcpAndUdpFail) {
  sample();
  for (const Protocol protocol : kProtocols) {
    kernel.fail(FailAt::receive, EBUSY, dumps_of(protocol));
  }
  for (int failures = 0; failures < 3; ++failures) sample();
  EXPECT_FALSE(is_fresh(*published.load(), Cadence::sockets, now.monotonic + seconds(1)));
  EXPECT_EQ(sample().sum(kUnix), 3);
}

TEST_F(SampledFamilies, ThatAReloadTakesAwayAreGoneAtOnce) {
  sample();
  options.collector.unix_sockets = false;
  options.collector.packet_sockets = false;
  sampler->change(options);
  const Exposition seen = sample(seconds(1));
  EXPECT_EQ(seen.select(kUnix).size() + seen.select(kPacket).size(), 0U);
  EXPECT_EQ(seen.select(kUp).size(), 2U);
}

TEST_F(SampledFamilies, AreFoldedWithinTheLimitAndTheirSumStays) {
  options.max_series = 20;
  kernel.packet_sockets.clear();
  for (std::uint16_t i = 0; i < 100; ++i) {
    kernel.packet_sockets.push_back(
        {.ethertype = i, .cookie = 100ULL + i, .inode = 1000U + i, .memberships = {}});
  }
  start();
  const Exposition seen = sample();
  EXPECT_EQ(seen.select(kPacket).size(), 20U);
  EXPECT_EQ(seen.sum(kPacket), 101);
  EXPECT_EQ(seen.value(kPacket, {{"kind", "packet"},
                                 {"process", "other"},
                                 {"unit", "other"},
                                 {"ethertype", "other"},
                                 {"promiscuous", "other"}}),
            82);
  EXPECT_EQ(seen.value("sockwatch_series_folded", {{"metric", kPacket}}), 83);
}

}  // namespace
}  // namespace sockwatch::test
