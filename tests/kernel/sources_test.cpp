// netlink and /proc/net on the same sockets, field by field: docs/sources.md says what this checks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

#include "app/sources.h"
#include "kernel/sampled.h"
#include "kernel/system.h"
#include "sockets/socket_key.h"
#include "support/checked.h"
#include "support/eventually.h"
#include "support/population.h"
#include "support/process.h"

namespace sockwatch::test {
namespace {

using testing::IsEmpty;
using testing::Not;

/// What both sources tell, as text, so that a difference can be read.
std::string common_text(const SocketRecord& record) {
  std::ostringstream text;
  text << name(record.protocol) << " " << name(record.family) << " " << name(record.state) << " "
       << to_string(record.local) << " " << to_string(record.remote) << " inode "
       << record.key.inode << " uid " << record.uid << " timer " << int{record.timer} << " receive "
       << record.receive_queue;
  if (record.state != State::listen) text << " send " << record.send_queue;
  return text.str();
}

class OneNamespaceTwoSources : public InNamespace {
 protected:
  using Records = std::vector<SocketRecord>;

  Records all(Source source, Protocol protocol) {
    return records(source, protocol, &Sources::dump_all);
  }
  Records servers(Source source, Protocol protocol) {
    return records(source, protocol, &Sources::dump_servers);
  }

  static std::multiset<std::string> texts(const Records& records) {
    std::multiset<std::string> texts;
    for (const SocketRecord& record : records) {
      if (record.state != State::bound_inactive) texts.insert(common_text(record));
    }
    return texts;
  }

  /// Timers of some states tick between the two dumps.
  ::testing::AssertionResult same(Protocol protocol) {
    std::multiset<std::string> netlink;
    std::multiset<std::string> procfs;
    const bool equal = eventually([&] {
      netlink = texts(all(Source::netlink, protocol));
      procfs = texts(all(Source::procfs, protocol));
      return netlink == procfs;
    });
    if (equal && !netlink.empty()) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "netlink " << ::testing::PrintToString(netlink)
                                         << "\nprocfs " << ::testing::PrintToString(procfs);
  }

 private:
  using Dump = Dumped (Sources::*)(Protocol, const OnRecords&);

  Records records(Source source, Protocol protocol, Dump dump) {
    Records records;
    Sources sources(system_.netlink, system_.proc);
    sources.begin_cycle(source, MonotonicTime());
    const auto note = [&](std::span<const SocketRecord> part) {
      records.insert(records.end(), part.begin(), part.end());
    };
    if (dump == &Sources::dump_all) {
      EXPECT_TRUE(sources.dump_servers(protocol, [](auto) {}));
    }
    const Dumped dumped = (sources.*dump)(protocol, note);
    EXPECT_TRUE(dumped) << (dumped ? "" : dumped.error().message);
    return records;
  }

  kernel::System system_ = kernel::real_system().value();
};

const SocketRecord* find(const std::vector<SocketRecord>& records, std::uint16_t port) {
  for (const SocketRecord& record : records) {
    if (record.local.port == port) return &record;
  }
  return nullptr;
}

TEST_F(OneNamespaceTwoSources, AgreeOnEveryTcpState) {
  const Population made = make_every_tcp_state();
  EXPECT_TRUE(same(Protocol::tcp));
  std::set<State> seen;
  for (const SocketRecord& record : all(Source::procfs, Protocol::tcp)) seen.insert(record.state);
  EXPECT_EQ(seen.size(), 10U) << "all but bound_inactive";
}

TEST_F(OneNamespaceTwoSources, AgreeOnEveryKindOfUdpSocket) {
  netns().add_vxlan(4789);
  const TestSocket server = udp_bind("127.0.0.1", 5353);
  const TestSocket client = udp_sendto("127.0.0.1", 5353);
  const TestSocket connected = udp_connect("127.0.0.1", 5353);
  const TestSocket server6 = udp_bind("::", 5354);
  const TestSocket multicast = udp_bind("224.0.0.251", 5355);
  EXPECT_TRUE(same(Protocol::udp));
  EXPECT_EQ(all(Source::procfs, Protocol::udp).size(), all(Source::netlink, Protocol::udp).size());
}

TEST_F(OneNamespaceTwoSources, AgreeOnMappedAddressesQueuesAndUsers) {
  const TestProcess process({.name = "other", .uid = 65534}, [](Child& me) {
    const TestSocket listener = tcp_listen("::", 8080);
    const TcpPair pair = tcp_established(listener, "127.0.0.1");
    if (::send(pair.client.fd.get(), "12345", 5, 0) != 5) throw std::runtime_error("send");
    const TcpPair waiting = tcp_unaccepted(listener);
    me.ready();
    me.wait();
  });
  EXPECT_TRUE(same(Protocol::tcp));
  const auto procfs = all(Source::procfs, Protocol::tcp);
  const auto with = [&](const auto& test) { return std::ranges::count_if(procfs, test); };
  EXPECT_EQ(with([](const SocketRecord& r) { return r.uid == 65534; }), 5);
  EXPECT_EQ(with([](const SocketRecord& r) {
              return r.family == Family::ipv6 &&
                     r.local == Endpoint{{Family::ipv4, {127, 0, 0, 1}}, 8080};
            }),
            1);
  EXPECT_EQ(with([](const SocketRecord& r) {
              return r.state == State::established && r.receive_queue == 5;
            }),
            1);
  EXPECT_EQ(find(procfs, 8080)->receive_queue, 1U) << "one waits to be accepted";
}

TEST_F(OneNamespaceTwoSources, AgreeOnTheServers) {
  const Population made = make_every_tcp_state();
  const TestSocket server = udp_bind("127.0.0.1", 5353);
  const TestSocket server6 = udp_bind("::1", 53);
  const TestSocket client = udp_sendto("127.0.0.1", 5353);
  const TestSocket connected = udp_connect("127.0.0.1", 5353);
  for (const Protocol protocol : kProtocols) {
    EXPECT_EQ(texts(servers(Source::procfs, protocol)), texts(servers(Source::netlink, protocol)));
  }
}

TEST_F(OneNamespaceTwoSources, DifferInWhatProcDoesNotTell) {
  netns().add_veth("v0", "10.9.0.1/24");
  const TestSocket listener = tcp_listen("127.0.0.1", 8080, {.backlog = 7});
  const TestSocket device = tcp_listen("0.0.0.0", 8081, {.device = "v0"});
  const TestSocket only_ipv6 = tcp_listen("::", 8082, {.v6only = true});
  const auto netlink = servers(Source::netlink, Protocol::tcp);
  const auto procfs = servers(Source::procfs, Protocol::tcp);
  EXPECT_EQ(send_queue(*find(netlink, 8080)), 7U);
  EXPECT_EQ(send_queue(*find(procfs, 8080)), std::nullopt);
  EXPECT_EQ(find(netlink, 8080)->drops, 0U);
  EXPECT_EQ(find(procfs, 8080)->drops, std::nullopt);
  EXPECT_NE(find(netlink, 8081)->interface, 0U);
  EXPECT_EQ(find(procfs, 8081)->interface, 0U) << "a listener on one device reads like one on all";
  EXPECT_TRUE(find(netlink, 8082)->v6only);
  EXPECT_FALSE(find(procfs, 8082)->v6only);
  EXPECT_EQ(cookie_of(find(netlink, 8080)->key), listener.facts.cookie);
  EXPECT_EQ(cookie_of(find(procfs, 8080)->key), std::nullopt);
  EXPECT_EQ(find(procfs, 8080)->cgroup_id, 0U);
}

TEST_F(OneNamespaceTwoSources, DifferInSocketsThatAreBoundAndNoMore) {
  const TestSocket bound = tcp_bound_inactive("127.0.0.1", 8080);
  if (all(Source::netlink, Protocol::tcp).empty()) {
    GTEST_SKIP() << "netlink tells them from Linux 6.8 on";
  }
  EXPECT_EQ(find(all(Source::netlink, Protocol::tcp), 8080)->state, State::bound_inactive);
  EXPECT_THAT(all(Source::procfs, Protocol::tcp), IsEmpty());
}

TEST_F(OneNamespaceTwoSources, DifferInUdpPortsThatTheProgramChoseInTheEphemeralRange) {
  const TestSocket chosen = udp_bind("127.0.0.1", 45000);
  const TestSocket from_kernel = udp_bind("127.0.0.1", 0);
  const TestSocket server = udp_bind("127.0.0.1", 5353);
  EXPECT_EQ(servers(Source::netlink, Protocol::udp).size(), 2U);
  EXPECT_EQ(servers(Source::procfs, Protocol::udp).size(), 1U);
}

TEST_F(OneNamespaceTwoSources, CountTheSameUdpDrops) {
  const TestSocket server = udp_bind("127.0.0.1", 5353);
  const int small = 1;
  ASSERT_EQ(::setsockopt(server.fd.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
  const TestSocket client = udp_connect("127.0.0.1", 5353);
  const std::string datagram(1000, 'x');
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(::send(client.fd.get(), datagram.data(), datagram.size(), 0), 1000);
  }
  const auto netlink = find(servers(Source::netlink, Protocol::udp), 5353)->drops;
  EXPECT_GT(netlink.value_or(0), 0U);
  EXPECT_EQ(find(servers(Source::procfs, Protocol::udp), 5353)->drops, netlink);
}

TEST_F(OneNamespaceTwoSources, ProcListsListenersBeforeAllOthers) {
  const TestSocket first = tcp_listen("127.0.0.1");
  const TestSocket first6 = tcp_listen("::1");
  std::vector<TcpPair> connections;
  for (int i = 0; i < 300; ++i) {
    connections.push_back(tcp_established(i % 2 == 0 ? first : first6));
  }
  std::vector<TestSocket> late;
  for (int i = 0; i < 50; ++i) late.push_back(tcp_listen(i % 2 == 0 ? "127.0.0.1" : "::1"));
  EXPECT_EQ(servers(Source::procfs, Protocol::tcp).size(), 52U);
}

/// Series of a metric that do not depend on what only netlink tells.
std::map<Labels, double> comparable(const Exposition& exposition, const char* metric) {
  std::map<Labels, double> series;
  for (const Series& one : exposition.select(metric)) {
    const bool only_netlink =
        one.labels.contains("state") && one.labels.at("state") == "bound_inactive";
    if (!only_netlink) series[one.labels] = one.value;
  }
  return series;
}

TEST_F(OneNamespaceTwoSources, GiveTheSameMetricsByOwnerPortAndListener) {
  const Population made = make_every_tcp_state();
  const TestProcess dns({.name = "dns", .uid = 65534}, [](Child& me) {
    const TestSocket server = udp_bind("0.0.0.0", 5300);
    const TestSocket web = tcp_listen("0.0.0.0", 8080);
    me.ready();
    me.wait();
  });
  TestSampler netlink;
  SamplerOptions options;
  options.collector.source = Source::procfs;
  TestSampler procfs(options);
  const Exposition by_netlink = netlink.sample();
  const Exposition by_procfs = procfs.sample();
  EXPECT_EQ(broken_identity(by_procfs), "");
  EXPECT_EQ(
      by_procfs.select("sockwatch_source_up", {{"source", "procfs"}, {"protocol", "tcp"}}).size(),
      1U);
  for (const char* metric :
       {"sockwatch_sockets", "sockwatch_port_sockets", "sockwatch_process_sockets",
        "sockwatch_unowned_sockets", "sockwatch_queued_bytes", "sockwatch_listener_sockets",
        "sockwatch_listener_accept_queue", "sockwatch_udp_receive_drops_total"}) {
    EXPECT_EQ(comparable(by_procfs, metric), comparable(by_netlink, metric)) << metric;
    EXPECT_THAT(comparable(by_procfs, metric), Not(IsEmpty())) << metric;
  }
  EXPECT_EQ(by_procfs.value("sockwatch_listener_sockets", {{"process", "dns"}, {"port", "5300"}}),
            1);
  EXPECT_THAT(by_procfs.select("sockwatch_listener_accept_queue_limit"), IsEmpty());
  EXPECT_THAT(by_procfs.select("sockwatch_listener_accept_drops_total"), IsEmpty());
}

/// What systemd's RestrictAddressFamilies does without AF_NETLINK in its list. For this process and
/// for good.
void forbid_netlink() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{std::size(program), program};
  checked(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "give up new privileges");
  checked(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), "forbid netlink");
}

TEST_F(OneNamespaceTwoSources, ServeInASandboxWithoutNetlink) {
  const TestSocket listener = tcp_listen("127.0.0.1", 8080);
  const TestProcess confined({.name = "confined"}, [](Child& me) {
    forbid_netlink();
    TestSampler sampler;
    const Exposition seen = sampler.sample();
    const auto errors = [&](const char* source) {
      return seen.value("sockwatch_sample_errors_total",
                        {{"source", source}, {"reason", "no_handler"}});
    };
    const bool served =
        seen.value("sockwatch_source_up", {{"protocol", "tcp"}, {"source", "procfs"}}) == 1 &&
        seen.value("sockwatch_source_up", {{"protocol", "udp"}, {"source", "procfs"}}) == 1 &&
        seen.value("sockwatch_listener_sockets", {{"port", "8080"}}) == 1;
    if (!served || errors("netlink") != 4 || errors("rtnetlink") != 1) {
      throw std::runtime_error(seen.text());
    }
    me.ready();
    me.wait();
  });
}

}  // namespace
}  // namespace sockwatch::test
