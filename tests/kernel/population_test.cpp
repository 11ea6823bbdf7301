// The population library against second opinions that it does not use: ss(8) and /proc.
#include "support/population.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "support/command.h"
#include "support/eventually.h"
#include "support/in_namespace.h"
#include "support/netns.h"
#include "support/proc_net.h"
#include "support/socket_states.h"
#include "support/sockets.h"
#include "support/ss.h"
#include "support/tcp_pairs.h"

namespace sockwatch::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using Sockets = InNamespace;
using Devices = InNamespace;
using EveryState = InNamespace;

std::string netns_link() {
  return run_command({"readlink", "/proc/self/ns/net"});
}

std::vector<SsRow> rows_of_port(const std::string& arguments, std::uint16_t port) {
  const std::string text = std::to_string(port);
  std::vector<SsRow> rows = ss(arguments);
  std::erase_if(rows,
                [&](const SsRow& row) { return row.local_port != text && row.peer_port != text; });
  return rows;
}

// The row of this end; one without a state when there is none.
SsRow row_of(const std::string& arguments, const TestSocket& socket) {
  for (const SsRow& row : ss(arguments)) {
    if (row.local_port == std::to_string(socket.facts.port) &&
        row.peer_port == std::to_string(socket.facts.peer_port)) {
      return row;
    }
  }
  return {};
}

std::string hexadecimal(std::uint64_t number) {
  std::ostringstream text;
  text << std::hex << number;
  return text.str();
}

// Only netlink of newer kernels has them, and only newer ss asks for them.
StateCounts without_bound_inactive(StateCounts counts) {
  counts.erase("bound_inactive");
  return counts;
}

TEST(ParseSsRow, SplitsALineWithNetidDeviceAndUsers) {
  const SsRow row = parse_ss_row(
      "tcp LISTEN 1 128 [fe80::1]%v0:80 [::]:* users:((\"a b\",pid=7,fd=3),(\"c)\",pid=8,fd=4))");
  EXPECT_EQ(row.netid, "tcp");
  EXPECT_EQ(row.state, "LISTEN");
  EXPECT_EQ(row.recv_queue, 1u);
  EXPECT_EQ(row.send_queue, 128u);
  EXPECT_EQ(row.local_address, "[fe80::1]%v0");
  EXPECT_EQ(row.local_port, "80");
  EXPECT_EQ(row.peer_address, "[::]");
  EXPECT_EQ(row.peer_port, "*");
  ASSERT_THAT(row.users, SizeIs(2));
  EXPECT_EQ(row.users[0].name, "a b");
  EXPECT_EQ(row.users[1].name, "c)");
  EXPECT_EQ(row.users[1].pid, 8);
  EXPECT_EQ(row.users[1].fd, 4);
}

TEST(ParseSsRow, RefusesWhatIsNoRow) {
  EXPECT_THROW(parse_ss_row("Cannot open netlink socket"), std::runtime_error);
}

TEST(RunCommand, SaysWhatAFailedProgramPrinted) {
  try {
    run_command({"ls", "/nowhere-at-all"});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("nowhere-at-all"));
  }
}

TEST_F(Devices, NamespaceIsKnownToIpUntilItGoes) {
  std::string name;
  {
    const TestNamespace other;
    name = other.name();
    EXPECT_THAT(run_command({"ip", "netns", "list"}), HasSubstr(name));
  }
  EXPECT_THAT(run_command({"ip", "netns", "list"}), Not(HasSubstr(name)));
}

TEST_F(Devices, RunLeavesTheCallerWhereItIs) {
  const TestNamespace other;
  const std::string here = netns_link();
  std::string there;
  other.run([&] { there = netns_link(); });
  EXPECT_NE(here, there);
  EXPECT_EQ(here, netns_link());
}

TEST_F(Devices, RunThrowsWhatTheFunctionThrows) {
  EXPECT_THROW(netns().run([] { throw std::logic_error("inside"); }), std::logic_error);
}

TEST_F(Devices, EnterEndsWithItsScope) {
  const TestNamespace other;
  const std::string here = netns_link();
  {
    const NamespaceVisit visit = other.enter();
    EXPECT_NE(here, netns_link());
  }
  EXPECT_EQ(here, netns_link());
}

TEST_F(Devices, SocketsOfOneNamespaceAreNotInAnother) {
  const TestNamespace other;
  const TestSocket here = tcp_listen("127.0.0.1");
  other.run([] { EXPECT_THAT(ss("-tuan"), IsEmpty()); });
  EXPECT_THAT(ss("-tuan"), SizeIs(1));
}

TEST_F(Devices, VethAddressesCanBeBoundAtOnce) {
  netns().add_veth("v0", "10.9.0.1/24", "fd00::1/64");
  const TestSocket ipv4 = tcp_listen("10.9.0.1");
  const TestSocket ipv6 = tcp_listen("fd00::1");
  const TestSocket broadcast = udp_bind("10.9.0.255");
  EXPECT_THAT(rows_of_port("-tl4", ipv4.facts.port), SizeIs(1));
  EXPECT_THAT(rows_of_port("-tl6", ipv6.facts.port), SizeIs(1));
  EXPECT_THAT(rows_of_port("-ua", broadcast.facts.port), SizeIs(1));
}

TEST_F(Devices, VxlanListensWithoutAProcess) {
  const std::uint16_t port = free_udp_port("0.0.0.0");
  netns().add_vxlan(port);
  const std::vector<SsRow> rows = rows_of_port("-ua4p", port);
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].local_address, "0.0.0.0");
  EXPECT_THAT(rows[0].users, IsEmpty());
}

struct BoundAddress {
  const char* address;
  BindOptions options;
  const char* in_ss;
};

TEST_F(Sockets, ListenWhereTheirOptionsSay) {
  const std::vector<BoundAddress> cases{
      {"127.0.0.1", {}, "127.0.0.1"},
      {"0.0.0.0", {}, "0.0.0.0"},
      {"::", {}, "*"},
      {"::", {.v6only = true}, "[::]"},
      {"0.0.0.0", {.device = "lo"}, "0.0.0.0%lo"},
      {"192.0.2.99", {.freebind = true}, "192.0.2.99"},
      {"192.0.2.98", {.transparent = true}, "192.0.2.98"},
      {"::ffff:0.0.0.0", {}, "[::ffff:0.0.0.0]"},
  };
  for (const BoundAddress& bound : cases) {
    SCOPED_TRACE(bound.in_ss);
    const TestSocket socket = tcp_listen(bound.address, 0, bound.options);
    const std::vector<SsRow> rows = rows_of_port("-ta", socket.facts.port);
    ASSERT_THAT(rows, SizeIs(1));
    EXPECT_EQ(rows[0].state, "LISTEN");
    EXPECT_EQ(rows[0].local_address, bound.in_ss);
  }
}

TEST_F(Sockets, ListenWithTheBacklogAskedFor) {
  const TestSocket socket = tcp_listen("127.0.0.1", 0, {.backlog = 3});
  EXPECT_EQ(rows_of_port("-tl", socket.facts.port).at(0).send_queue, 3u);
}

TEST_F(Sockets, ListenWithoutBind) {
  const TestSocket socket = tcp_listen_unbound();
  EXPECT_EQ(rows_of_port("-tl", socket.facts.port).at(0).local_address, "0.0.0.0");
}

TEST_F(Sockets, ShareAPortWithReuseport) {
  const TestSocket first = tcp_listen("127.0.0.1", 0, {.reuseport = true});
  const TestSocket second = tcp_listen("127.0.0.1", first.facts.port, {.reuseport = true});
  EXPECT_NE(first.facts.cookie, second.facts.cookie);
  EXPECT_THAT(rows_of_port("-tl", first.facts.port), SizeIs(2));
}

TEST_F(Sockets, FactsAreThoseOfTheDump) {
  const TestSocket listener = tcp_listen("127.0.0.1");
  const SsRow row = rows_of_port("-tle", listener.facts.port).at(0);
  EXPECT_THAT(row.rest, HasSubstr("ino:" + std::to_string(listener.facts.inode) + " "));
  EXPECT_THAT(row.rest + " ", HasSubstr("sk:" + hexadecimal(listener.facts.cookie) + " "));
  const TcpPair pair = tcp_established(listener);
  EXPECT_EQ(pair.client.facts.peer_port, listener.facts.port);
  EXPECT_EQ(pair.server.facts.port, listener.facts.port);
}

TEST_F(Sockets, BoundInactiveHoldsItsPortAndIsInNoProcTable) {
  const TestSocket bound = tcp_bound_inactive("127.0.0.1");
  EXPECT_THROW(tcp_listen("127.0.0.1", bound.facts.port), std::runtime_error);
  EXPECT_THAT(proc_net("tcp"), IsEmpty());
}

TEST_F(Sockets, UnboundAreInNoTable) {
  const TestSocket tcp = tcp_unbound();
  const TestSocket udp = udp_unbound();
  EXPECT_THAT(ss("-tua"), IsEmpty());
  EXPECT_THAT(proc_net("tcp"), IsEmpty());
  EXPECT_THAT(proc_net("udp"), IsEmpty());
}

TEST_F(Sockets, UdpKindsHaveTheirStates) {
  Population all;
  all.add(udp_bind("127.0.0.1"));
  const std::uint16_t port = all.sockets().front().facts.port;
  all.add(udp_bind("224.0.0.251", free_udp_port("224.0.0.251")));
  all.add(udp_sendto("127.0.0.1", port));
  all.add(udp_connect("127.0.0.1", port));
  all.add(udp_bind_connect("127.0.0.1", free_udp_port("127.0.0.1"), "127.0.0.1", port));
  all.add(udp_bind("::1"));
  EXPECT_EQ(all.states(AF_INET), (StateCounts{{"unconnected", 3}, {"connected", 2}}));
  EXPECT_EQ(all.states(AF_INET), count_states(proc_net("udp")));
  EXPECT_EQ(all.states(AF_INET6), count_states(proc_net("udp6")));
  EXPECT_THAT(rows_of_port("-ua", port), SizeIs(3));  // not the unconnected client
}

TEST_F(Sockets, Ipv4ClientOfADualStackListenerHasTwoFamilies) {
  const TestSocket listener = tcp_listen("::");
  const TcpPair pair = tcp_established(listener, "127.0.0.1");
  EXPECT_EQ(pair.client.facts.family, AF_INET);
  EXPECT_EQ(pair.server.facts.family, AF_INET6);
}

struct PairCase {
  const char* client;
  const char* server;
  TcpPair (*make)(const TestSocket& listener);
};

const std::vector<PairCase> kPairs{
    {"ESTAB", "ESTAB", [](const TestSocket& from) { return tcp_established(from); }},
    {"ESTAB", "ESTAB", tcp_unaccepted},
    {"FIN-WAIT-2", "CLOSE-WAIT", tcp_unaccepted_close_wait},
    {"SYN-SENT", "SYN-RECV", tcp_syn_recv},
    {"ESTAB", "SYN-RECV", tcp_deferred},
    {"FIN-WAIT-1", "ESTAB",
     [](const TestSocket& from) { return tcp_fin_wait1(from, Finish::kShutdown); }},
    {"FIN-WAIT-1", "ESTAB",
     [](const TestSocket& from) { return tcp_fin_wait1(from, Finish::kClose); }},
    {"FIN-WAIT-2", "CLOSE-WAIT",
     [](const TestSocket& from) { return tcp_fin_wait2(from, Finish::kShutdown); }},
    {"FIN-WAIT-2", "CLOSE-WAIT",
     [](const TestSocket& from) { return tcp_fin_wait2(from, Finish::kClose); }},
    {"TIME-WAIT", "", tcp_time_wait},
    {"FIN-WAIT-2", "LAST-ACK",
     [](const TestSocket& from) { return tcp_last_ack(from, Finish::kShutdown); }},
    {"FIN-WAIT-2", "LAST-ACK",
     [](const TestSocket& from) { return tcp_last_ack(from, Finish::kClose); }},
    {"CLOSING", "FIN-WAIT-1",
     [](const TestSocket& from) { return tcp_closing(from, Finish::kShutdown); }},
    {"CLOSING", "FIN-WAIT-1",
     [](const TestSocket& from) { return tcp_closing(from, Finish::kClose); }},
};

TEST_F(EveryState, PairsAreInTheStatesThatTheyPromise) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    for (const PairCase& expected : kPairs) {
      SCOPED_TRACE(address + " " + expected.client + " " + expected.server);
      const TestSocket listener = tcp_listen(address);
      const TcpPair pair = expected.make(listener);
      EXPECT_EQ(row_of("-ta", pair.client).state, expected.client);
      EXPECT_EQ(row_of("-ta", pair.server).state, expected.server);
    }
  }
}

TEST_F(EveryState, OwnerlessEndsKeepTheirCookieAndLoseTheirInode) {
  const TestSocket listener = tcp_listen("127.0.0.1");
  const TcpPair finished = tcp_time_wait(listener);
  const TcpPair orphan = tcp_fin_wait1(listener, Finish::kClose);
  for (const TestSocket* end : {&finished.client, &orphan.client}) {
    SCOPED_TRACE(end->state);
    const SsRow row = row_of("-tae", *end);
    EXPECT_THAT(row.rest + " ", HasSubstr("sk:" + hexadecimal(end->facts.cookie) + " "));
    EXPECT_THAT(row.rest, HasSubstr("ino:0 "));
    EXPECT_EQ(end->facts.inode, 0u);
  }
}

TEST_F(EveryState, OrphansGoWithThePairThatMadeThem) {
  const TestSocket listener = tcp_listen("127.0.0.1");
  for (const auto make : {tcp_fin_wait1, tcp_last_ack, tcp_closing}) {
    const TcpPair pair = make(listener, Finish::kClose);
  }
  EXPECT_TRUE(eventually([&] { return ss("-ta").size() == 1; }));
}

TEST_F(EveryState, PopulationIsWhatSsCounts) {
  const Population all = make_every_tcp_state();
  EXPECT_EQ(without_bound_inactive(all.states(AF_INET)),
            without_bound_inactive(count_tcp_states(ss("-ta4"))));
  EXPECT_EQ(without_bound_inactive(all.states(AF_INET6)),
            without_bound_inactive(count_tcp_states(ss("-ta6"))));
}

TEST_F(EveryState, PopulationIsWhatProcCounts) {
  const Population all = make_every_tcp_state();
  EXPECT_EQ(without_bound_inactive(all.states(AF_INET)), count_states(proc_net("tcp")));
  EXPECT_EQ(without_bound_inactive(all.states(AF_INET6)), count_states(proc_net("tcp6")));
}

TEST_F(EveryState, PopulationHoldsTheInodesThatProcShows) {
  const Population all = make_every_tcp_state();
  std::multiset<std::uint64_t> made;
  for (const TestSocket& socket : all.sockets()) {
    if (!socket.state.empty() && socket.state != "bound_inactive") made.insert(socket.facts.inode);
  }
  std::multiset<std::uint64_t> shown;
  for (const char* table : {"tcp", "tcp6"}) {
    for (const ProcRow& row : proc_net(table)) shown.insert(row.inode);
  }
  EXPECT_EQ(made, shown);
}

TEST_F(EveryState, NoTwoStatesOrFamiliesOfThePopulationCountAlike) {
  const Population all = make_every_tcp_state();
  const StateCounts ipv4 = all.states(AF_INET);
  const StateCounts ipv6 = all.states(AF_INET6);
  ASSERT_THAT(ipv4, SizeIs(11));
  ASSERT_THAT(ipv6, SizeIs(11));
  std::set<int> of_ipv4;
  std::set<int> of_ipv6;
  for (const auto& [state, count] : ipv4) {
    of_ipv4.insert(count);
    of_ipv6.insert(ipv6.at(state));
    EXPECT_NE(count, ipv6.at(state)) << state;
  }
  EXPECT_THAT(of_ipv4, SizeIs(11));
  EXPECT_THAT(of_ipv6, SizeIs(11));
}

}  // namespace
}  // namespace sockwatch::test
