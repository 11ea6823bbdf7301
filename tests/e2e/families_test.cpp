// Unix, packet and raw sockets through the real binary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>

#include "e2e/program.h"
#include "support/eventually.h"
#include "support/family_sockets.h"
#include "support/in_namespace.h"
#include "support/process.h"
#include "support/promtool.h"

namespace sockwatch::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kFast =
    "sampling: {interval: 200ms, listeners_interval: 100ms, cpu_limit: 100%";

using DaemonFamilies = InNamespace;

void sniff(Child& me) {
  const OwnedFd all = promiscuous_socket(0x0003, "v0");
  const OwnedFd sender = packet_socket(SOCK_RAW, 0);
  const OwnedFd raw = raw_socket(AF_INET6, IPPROTO_ICMPV6);
  const auto pair = unix_pair(SOCK_SEQPACKET);
  me.ready();
  me.wait();
}

TEST_F(DaemonFamilies, AreServedWithTheirOwners) {
  netns().add_veth("v0");
  const TestProcess sniffer({.name = "sni\"ffer\n"}, sniff);
  const RunningDaemon daemon;
  const std::string metrics = daemon.metrics();
  const std::string by_sniffer = ",process=\"sni\\\"ffer\\\\x0a\",unit=\"";
  EXPECT_THAT(metrics,
              HasSubstr("sockwatch_packet_sockets{netns=\"host\",kind=\"packet\"" + by_sniffer));
  EXPECT_THAT(metrics,
              HasSubstr("sockwatch_packet_sockets{netns=\"host\",kind=\"raw\"" + by_sniffer));
  EXPECT_THAT(metrics, HasSubstr("ethertype=\"0x0003\",promiscuous=\"true\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("ethertype=\"0x0000\",promiscuous=\"false\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("sockwatch_unix_sockets{netns=\"host\",type=\"seqpacket\","
                                 "state=\"established\"} "));
  EXPECT_THAT(metrics, HasSubstr("sockwatch_source_up{protocol=\"unix\",source=\"netlink\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("sockwatch_source_up{protocol=\"packet\",source=\"netlink\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("sockwatch_source_up{protocol=\"raw\",source=\"procfs\"} 1"));
  if (has_promtool()) {
    EXPECT_EQ(promtool_complaints(metrics), "");
  }
}

TEST_F(DaemonFamilies, AreThoseThatTheSettingsName) {
  const auto pair = unix_pair(SOCK_STREAM);
  const OwnedFd raw = raw_socket(AF_INET, IPPROTO_ICMP);
  const RunningDaemon daemon(std::string(kFast) + ", families: [tcp, unix]}");
  EXPECT_THAT(daemon.metrics(), HasSubstr("sockwatch_unix_sockets{"));
  EXPECT_THAT(daemon.metrics(), Not(HasSubstr("kind=\"raw\"")));
  EXPECT_THAT(daemon.metrics(), Not(HasSubstr("protocol=\"udp\"")));

  daemon.rewrite_config(std::string(kFast) + ", families: [packet]}");
  daemon.signal(SIGHUP);
  EXPECT_TRUE(
      eventually([&] { return daemon.metrics().find("kind=\"raw\"") != std::string::npos; }));
  EXPECT_THAT(daemon.metrics(), Not(HasSubstr("sockwatch_unix_sockets{")));
  EXPECT_THAT(daemon.metrics(), Not(HasSubstr("protocol=\"tcp\"")));
}

}  // namespace
}  // namespace sockwatch::test
