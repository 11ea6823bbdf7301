// Unix, packet and raw sockets: the daemon's counts, what was made, and ss(8).
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "kernel/sampled.h"
#include "support/command.h"
#include "support/family_sockets.h"
#include "support/process.h"

namespace sockwatch::test {
namespace {

constexpr const char* kUnix = "sockwatch_unix_sockets";
constexpr const char* kPacket = "sockwatch_packet_sockets";

using Families = Sampled;
using UnixTally = std::map<std::pair<std::string, std::string>, double>;  // by type and state

UnixTally unix_tally(const Exposition& seen) {
  UnixTally tally;
  for (const Series& series : seen.select(kUnix)) {
    tally[{series.labels.at("type"), series.labels.at("state")}] = series.value;
  }
  return tally;
}

/// Every line of `ss -Hn <arguments>` by its first two words.
UnixTally ss_tally(const std::string& arguments) {
  std::istringstream lines(run_command({"ss", "-Hn", arguments}));
  UnixTally tally;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kind, state;
    words >> kind >> state;
    ++tally[{kind, state}];
  }
  return tally;
}

/// No two combinations of type and state have the same count.
std::vector<OwnedFd> make_unix_sockets() {
  std::vector<OwnedFd> made;
  const auto add_pairs = [&](int type, int pairs) {
    for (int i = 0; i < pairs; ++i) {
      auto [one, other] = unix_pair(type);
      made.push_back(std::move(one));
      made.push_back(std::move(other));
    }
  };
  add_pairs(SOCK_STREAM, 5);
  add_pairs(SOCK_DGRAM, 8);
  add_pairs(SOCK_SEQPACKET, 7);
  for (int i = 0; i < 3; ++i) made.push_back(unix_socket(SOCK_STREAM));
  for (int i = 0; i < 4; ++i) made.push_back(unix_bind(SOCK_DGRAM, "dgram" + std::to_string(i)));
  for (int i = 0; i < 5; ++i) made.push_back(unix_socket(SOCK_SEQPACKET));
  made.push_back(unix_connect(SOCK_DGRAM, "dgram0"));  // makes both ends `established`
  for (const char* name : {"a", "b"}) made.push_back(unix_listen(SOCK_STREAM, name));
  made.push_back(unix_listen(SOCK_SEQPACKET, "c"));
  made.push_back(unix_connect(SOCK_STREAM, "a"));  // not accepted: one end is no socket yet
  made.push_back(unix_connect(SOCK_STREAM, "b"));
  made.emplace_back(::accept(made[made.size() - 4].get(), nullptr, nullptr));  // of "b"
  return made;
}

const UnixTally kMade = {
    {{"stream", "established"}, 13},   {{"stream", "listen"}, 2},
    {{"stream", "unconnected"}, 3},    {{"dgram", "established"}, 18},
    {{"dgram", "unconnected"}, 3},     {{"seqpacket", "established"}, 14},
    {{"seqpacket", "unconnected"}, 5}, {{"seqpacket", "listen"}, 1},
};

TEST_F(Families, UnixSocketsOfEveryTypeAndStateAsMade) {
  const auto made = make_unix_sockets();
  const Exposition seen = sample();
  EXPECT_EQ(unix_tally(seen), kMade);
  EXPECT_EQ(seen.value("sockwatch_source_up", {{"protocol", "unix"}, {"source", "netlink"}}), 1);
  EXPECT_EQ(unix_tally(sample()), kMade) << "a second time";
}

TEST_F(Families, UnixSocketsAsSsCounts) {
  const auto made = make_unix_sockets();
  static const std::map<std::string, std::string> kTypes = {
      {"u_str", "stream"}, {"u_dgr", "dgram"}, {"u_seq", "seqpacket"}};
  static const std::map<std::string, std::string> kStates = {
      {"ESTAB", "established"}, {"LISTEN", "listen"}, {"UNCONN", "unconnected"}};
  UnixTally said;
  for (const auto& [key, count] : ss_tally("-xa")) {
    said[{kTypes.at(key.first), kStates.at(key.second)}] = count;
  }
  EXPECT_EQ(unix_tally(sample()), said);
}

TEST_F(Families, UnixSocketsAreThoseOfTheNamespace) {
  const auto elsewhere = [] {
    const TestNamespace other;
    const NamespaceVisit visit = other.enter();
    return unix_pair(SOCK_STREAM);
  }();
  EXPECT_EQ(unix_tally(sample()), UnixTally());
}

TEST_F(Families, UnixSocketsThatAreClosedAreCountedNoMore) {
  {
    const auto made = make_unix_sockets();
    EXPECT_EQ(unix_tally(sample()), kMade);
  }
  EXPECT_EQ(unix_tally(sample()), UnixTally());
}

TEST_F(Families, UnixSocketsFromProcAreTheSame) {
  const auto made = make_unix_sockets();
  const auto hostile = unix_bind(SOCK_STREAM, "two\nlines: 1 0 10000 1");
  SamplerOptions options;
  options.collector.source = Source::procfs;
  TestSampler procfs(options);
  UnixTally expected = kMade;
  ++expected[{"stream", "unconnected"}];
  const Exposition seen = procfs.sample();
  EXPECT_EQ(unix_tally(seen), expected);
  EXPECT_EQ(seen.value("sockwatch_source_up", {{"protocol", "unix"}, {"source", "procfs"}}), 1);
}

struct PacketLabels {
  std::string kind, ethertype, promiscuous, process;

  auto operator<=>(const PacketLabels&) const = default;
};
using PacketTally = std::map<PacketLabels, double>;

std::ostream& operator<<(std::ostream& out, const PacketLabels& labels) {
  return out << labels.kind << " " << labels.ethertype << " " << labels.promiscuous << " "
             << labels.process;
}

PacketTally packet_tally(const Exposition& seen) {
  PacketTally tally;
  for (const Series& series : seen.select(kPacket)) {
    const Labels& labels = series.labels;
    tally[{labels.at("kind"), labels.at("ethertype"), labels.at("promiscuous"),
           labels.at("process")}] = series.value;
  }
  return tally;
}

void sniff(Child& me) {
  const OwnedFd all = packet_socket(SOCK_RAW, 0x0003);
  const OwnedFd cooked = packet_socket(SOCK_DGRAM, 0x0003);
  const OwnedFd ip = packet_socket(SOCK_DGRAM, 0x0800);
  const OwnedFd lldp = packet_socket(SOCK_RAW, 0x88cc);
  const OwnedFd sender = packet_socket(SOCK_RAW, 0);
  const OwnedFd promiscuous = promiscuous_socket(0x0003, "v0");
  me.ready();
  me.wait();
}

void ping(Child& me) {
  const OwnedFd icmp = raw_socket(AF_INET, IPPROTO_ICMP);
  const OwnedFd other = raw_socket(AF_INET, 253);
  const OwnedFd icmp6 = raw_socket(AF_INET6, IPPROTO_ICMPV6);
  const OwnedFd ping4 = ping_socket(AF_INET);
  const OwnedFd ping6 = ping_socket(AF_INET6);
  me.ready();
  me.wait();
}

TEST_F(Families, PacketSocketsByEthertypeMembershipAndProcess) {
  netns().add_veth("v0");
  const TestProcess sniffer({.name = "sniffer"}, sniff);
  const Exposition seen = sample();
  EXPECT_EQ(packet_tally(seen), (PacketTally{{{"packet", "0x0003", "false", "sniffer"}, 2},
                                             {{"packet", "0x0800", "false", "sniffer"}, 1},
                                             {{"packet", "0x88cc", "false", "sniffer"}, 1},
                                             {{"packet", "0x0000", "false", "sniffer"}, 1},
                                             {{"packet", "0x0003", "true", "sniffer"}, 1}}));
  EXPECT_EQ(seen.value("sockwatch_source_up", {{"protocol", "packet"}, {"source", "netlink"}}), 1);
}

TEST_F(Families, RawAndPingSocketsOfBothFamilies) {
  const TestProcess pinger({.name = "pinger"}, ping);
  const Exposition seen = sample();
  EXPECT_EQ(packet_tally(seen), (PacketTally{{{"raw", "", "false", "pinger"}, 5}}));
  EXPECT_EQ(seen.value("sockwatch_source_up", {{"protocol", "raw"}, {"source", "procfs"}}), 1);
}

TEST_F(Families, PacketAndRawSocketsAsSsCounts) {
  netns().add_veth("v0");
  const TestProcess sniffer({.name = "sniffer"}, sniff);
  const TestProcess pinger({.name = "pinger"}, [](Child& me) {
    const OwnedFd raw = raw_socket(AF_INET, IPPROTO_ICMP);
    const OwnedFd raw6 = raw_socket(AF_INET6, 253);
    me.ready();
    me.wait();
  });
  const Exposition seen = sample();
  double packets = 0;
  for (const auto& [key, count] : ss_tally("-0a")) packets += count;
  double raw = 0;
  for (const auto& [key, count] : ss_tally("-wa")) raw += count;
  EXPECT_EQ(seen.sum(kPacket, {{"kind", "packet"}}), packets);
  EXPECT_EQ(seen.sum(kPacket, {{"kind", "raw"}}), raw);
}

TEST_F(Families, PacketSocketsHaveTheUnitOfTheirProcess) {
  if (const auto missing = TestCgroup::missing(); !missing.empty()) GTEST_SKIP() << missing;
  const TestCgroup cgroup("system.slice/lldpd.service");
  const TestProcess lldpd({.name = "lldpd", .cgroup = &cgroup}, [](Child& me) {
    const OwnedFd lldp = packet_socket(SOCK_RAW, 0x88cc);
    const OwnedFd raw = raw_socket(AF_INET, IPPROTO_ICMP);
    me.ready();
    me.wait();
  });
  const Exposition seen = sample();
  EXPECT_EQ(seen.sum(kPacket, {{"process", "lldpd"}, {"unit", "lldpd.service"}}), 2);
  EXPECT_EQ(seen.select(kPacket).size(), 2U);
}

TEST_F(Families, PacketSocketsGoWithTheirProcessAndComeWithTheNext) {
  {
    const TestProcess first({.name = "first"}, ping);
    EXPECT_EQ(sample().sum(kPacket, {{"process", "first"}}), 5);
  }
  EXPECT_EQ(sample().select(kPacket).size(), 0U);
  const TestProcess second({.name = "second"}, ping);
  EXPECT_EQ(sample().sum(kPacket, {{"process", "second"}}), 5);
  EXPECT_EQ(sample().sum(kPacket), 5);
}

TEST_F(Families, APacketSocketThatNoProcessHoldsIsShownWithoutOne) {
  const TestProcess sender({.name = "sender"}, [](Child& me) {
    TestSocket socket;
    socket.fd = packet_socket(SOCK_RAW, 0x0003);
    me.leave_in_flight(std::move(socket));
    me.ready();
    me.wait();
  });
  EXPECT_EQ(packet_tally(sample()), (PacketTally{{{"packet", "0x0003", "false", ""}, 1}}));
}

TEST_F(Families, PacketSocketsFromProcDoNotTellPromiscuous) {
  netns().add_veth("v0");
  const TestProcess sniffer({.name = "sniffer"}, sniff);
  SamplerOptions options;
  options.collector.source = Source::procfs;
  TestSampler procfs(options);
  const Exposition seen = procfs.sample();
  EXPECT_EQ(packet_tally(seen), (PacketTally{{{"packet", "0x0003", "", "sniffer"}, 3},
                                             {{"packet", "0x0800", "", "sniffer"}, 1},
                                             {{"packet", "0x88cc", "", "sniffer"}, 1},
                                             {{"packet", "0x0000", "", "sniffer"}, 1}}));
  EXPECT_EQ(seen.value("sockwatch_source_up", {{"protocol", "packet"}, {"source", "procfs"}}), 1);
}

TEST_F(Families, AreReadInFullSamplesAlone) {
  const auto pair = unix_pair(SOCK_STREAM);
  EXPECT_EQ(sample().sum(kUnix), 2);
  const auto more = unix_pair(SOCK_STREAM);
  EXPECT_EQ(sample_listeners().sum(kUnix), 2);
  EXPECT_EQ(sample().sum(kUnix), 4);
}

TEST_F(Families, ThatAreNotWantedAreNotShown) {
  const auto pair = unix_pair(SOCK_STREAM);
  const auto raw = raw_socket(AF_INET, IPPROTO_ICMP);
  SamplerOptions options;
  options.collector.unix_sockets = false;
  options.collector.packet_sockets = false;
  TestSampler sampler(options);
  const Exposition seen = sampler.sample();
  EXPECT_EQ(seen.select(kUnix).size() + seen.select(kPacket).size(), 0U);
  EXPECT_EQ(seen.select("sockwatch_source_up").size(), 2U);
}

}  // namespace
}  // namespace sockwatch::test
