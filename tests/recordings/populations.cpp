#include "recordings/populations.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <string>
#include <vector>

#include "support/cgroup.h"
#include "support/checked.h"
#include "support/command.h"
#include "support/population.h"
#include "support/process.h"

namespace sockwatch::test {
namespace {

constexpr const char* kServer = "203.0.113.10";
constexpr const char* kServer6 = "2001:db8:1::10";
constexpr int kVisitors = 3;  // of each family

void ip(const std::string& arguments) {
  std::vector<std::string> words{"ip"};
  std::istringstream stream(arguments);
  for (std::string word; stream >> word;) words.push_back(word);
  run_command(words);
}

/// What is accepted of this listener's queue.
std::vector<OwnedFd> accept_visitors(const TestSocket& listener, int count) {
  std::vector<OwnedFd> accepted;
  for (int i = 0; i < count; ++i) {
    accepted.emplace_back(checked(::accept(listener.fd.get(), nullptr, nullptr), "accept"));
  }
  return accepted;
}

void nginx(Child& me) {
  const TestSocket ipv4 = tcp_listen("0.0.0.0", 80);
  const TestSocket dual = tcp_listen("::", 443);
  me.fork_worker("nginx");
  me.ready();
  me.wait_for("visitors");
  const auto plain = accept_visitors(ipv4, kVisitors);
  const auto secure = accept_visitors(dual, 2 * kVisitors);
  const TcpPair waiting = tcp_unaccepted(ipv4);
  me.reach("accepted");
  me.wait();
}

void resolver(Child& me) {
  const TestSocket listener = tcp_listen("127.0.0.53", 53);
  me.become("systemd-resolved", listener);
}

void dnsmasq(Child& me) {
  const TestSocket server = udp_bind("127.0.0.1", 53);
  const TestSocket any = udp_bind("::", 547);
  const TestSocket multicast = udp_bind("224.0.0.251", 5353);
  const TestSocket upstream = udp_connect("203.0.113.53", 53);
  const TestSocket upstream6 = udp_connect("2001:db8:1::53", 53);
  me.ready();
  me.wait();
}

void database(Child& me) {
  const TestSocket listener = tcp_listen("127.0.0.1", 5432);
  const TestSocket device = tcp_listen("0.0.0.0", 5433, {.device = "eth0"});
  const TcpPair pooled = tcp_established(listener);
  const TcpPair leaked = tcp_fin_wait2(listener, Finish::kShutdown);
  const TcpPair closed = tcp_time_wait(listener);
  me.ready();
  me.wait();
}

void session(Child& me) {
  const TestSocket client = udp_sendto(kServer, 123);
  const TestSocket forward = tcp_listen("::1", 8080, {.v6only = true});
  const TestSocket bound = tcp_bound_inactive("127.0.0.1", 9999);
  me.ready();
  me.wait();
}

void sniffer(Child& me) {
  const int everything = htons(ETH_P_ALL);
  const OwnedFd packet(checked(::socket(AF_PACKET, SOCK_RAW, everything), "packet socket"));
  packet_mreq promiscuous{};
  promiscuous.mr_ifindex = static_cast<int>(::if_nametoindex("eth0"));
  promiscuous.mr_type = PACKET_MR_PROMISC;
  checked(::setsockopt(packet.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous,
                       sizeof(promiscuous)),
          "promiscuous mode");
  const OwnedFd ping(checked(::socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), "raw socket"));
  const OwnedFd unix_listener(checked(::socket(AF_UNIX, SOCK_STREAM, 0), "unix socket"));
  sockaddr_un name{};  // the kernel chooses one
  name.sun_family = AF_UNIX;
  checked(::bind(unix_listener.get(), reinterpret_cast<sockaddr*>(&name), sizeof(sa_family_t)),
          "bind");
  checked(::listen(unix_listener.get(), 8), "listen");
  me.ready();
  me.wait();
}

/// A neighbour on the other end of the wire: `eth0p` is put into its network namespace.
void visitors(Child& me) {
  checked(::unshare(CLONE_NEWNET), "unshare");
  me.ready();
  me.wait_for("wire");
  ip("address add 203.0.113.77/24 dev eth0p");
  ip("address add 2001:db8:1::77/64 dev eth0p nodad");
  ip("link set eth0p up");
  std::vector<OwnedFd> connections;
  const auto connect_to = [&](int family, const auto& address) {
    OwnedFd fd(checked(::socket(family, SOCK_STREAM, 0), "socket"));
    checked(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
            "connect");
    connections.push_back(std::move(fd));
  };
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ::inet_pton(AF_INET, kServer, &ipv4.sin_addr);
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(443);
  ::inet_pton(AF_INET6, kServer6, &ipv6.sin6_addr);
  for (int i = 0; i < kVisitors; ++i) {
    for (const std::uint16_t port : {std::uint16_t{80}, std::uint16_t{443}}) {
      ipv4.sin_port = htons(port);
      connect_to(AF_INET, ipv4);
    }
    connect_to(AF_INET6, ipv6);
  }
  me.reach("connected");
  me.wait();
}

/// Ports are free for all users from then on.
void lay_wire(pid_t neighbour) {
  ip("link add eth0 type veth peer name eth0p");
  ip("address add " + std::string(kServer) + "/24 broadcast + dev eth0");
  ip("address add " + std::string(kServer6) + "/64 dev eth0 nodad");
  ip("link set eth0 up");
  run_command({"sysctl", "-q", "-w", "net.ipv4.ip_unprivileged_port_start=0"});
  ip("link set eth0p netns " + std::to_string(neighbour));
}

}  // namespace

void tcp_states(const std::function<void()>& record) {
  const TestProcess process({.name = "every-state"}, [](Child& me) {
    const Population population = make_every_tcp_state();
    me.ready();
    me.wait();
  });
  record();
}

void server(const std::function<void()>& record) {
  TestProcess neighbour({.name = "neighbour"}, visitors);
  lay_wire(neighbour.pid());
  const TestCgroup web("system.slice/nginx.service");
  const TestCgroup resolve("system.slice/systemd-resolved.service");
  const TestCgroup container("system.slice/docker-" + std::string(64, 'd') + ".scope");
  const TestCgroup user("user.slice/user-1000.slice/session-3.scope");
  TestProcess nginx_process({.name = "nginx", .cgroup = &web}, nginx);
  neighbour.go("wire");
  neighbour.until("connected");
  nginx_process.go("visitors");
  nginx_process.until("accepted");
  const TestProcess resolved({.name = "resolver", .cgroup = &resolve}, resolver);
  const TestProcess dns({.name = "dnsmasq", .uid = 33, .cgroup = &resolve}, dnsmasq);
  const TestProcess postgres({.name = "postgres", .cgroup = &container}, database);
  const TestProcess shell({.name = "bash", .uid = 1000, .cgroup = &user}, session);
  const TestProcess tcpdump({.name = "tcpdump", .cgroup = &user}, sniffer);
  record();
}

}  // namespace sockwatch::test
