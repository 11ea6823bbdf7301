#include "bench/load_process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "support/checked.h"
#include "support/socket_address.h"

namespace sockwatch::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kFirstPort = 10000;
constexpr std::chrono::seconds kTimeWait{60};
// A client address serves this many sockets, well below the size of the ephemeral range, and each
// process has this many addresses of its own. The kernel's search for a free port stays short.
constexpr int kPerAddress = 4096;
constexpr int kAddresses = 16;
constexpr std::uint32_t kTcpClients = 0x7f010001;  // 127.1.0.1
constexpr std::uint32_t kUdpClients = 0x7f410001;  // 127.65.0.1

int part_of(int total, const LoadMix& mix, int number) {
  const auto until = [&](int n) { return static_cast<std::int64_t>(total) * n / mix.processes; };
  return static_cast<int>(until(number + 1) - until(number));
}

std::string client_address(std::uint32_t first, int number, int made) {
  const int index = number * kAddresses + made / kPerAddress % kAddresses;
  const in_addr address{htonl(first + static_cast<std::uint32_t>(index))};
  std::array<char, INET_ADDRSTRLEN> text{};
  return ::inet_ntop(AF_INET, &address, text.data(), text.size());
}

class Population {
 public:
  Population(const LoadMix& mix, int number);
  /// Those whose minute is over are made again.
  void renew_time_waits();

 private:
  using Keep = std::function<void(OwnedFd client, OwnedFd server)>;

  void listen(int count, int port, bool with_ipv6);
  void connect(int count, const std::string& host, const Keep& keep);
  OwnedFd client_of(const SocketAddress& server);
  void make_udp(int count, int of_ipv6);
  void make_time_waits(int count);

  int number_;
  int clients_ = 0;  // TCP clients of IPv4 so far
  std::vector<TestSocket> listeners_;
  std::vector<OwnedFd> connections_;
  std::vector<TestSocket> udp_;
  std::deque<Clock::time_point> time_waits_;
};

Population::Population(const LoadMix& mix, int number) : number_(number) {
  const LoadMix share = share_of(mix, number);
  listen(share.listening, first_port(mix, number), mix.ipv6_percent > 0);
  const int pairs = share.established / 2;
  const int pairs_of_ipv6 = pairs * mix.ipv6_percent / 100;
  const Keep keep = [this](OwnedFd client, OwnedFd server) {
    connections_.push_back(std::move(client));
    connections_.push_back(std::move(server));
  };
  connect(pairs - pairs_of_ipv6, "127.0.0.1", keep);
  connect(pairs_of_ipv6, "::1", keep);
  make_udp(share.udp, share.udp * mix.ipv6_percent / 100);
  make_time_waits(share.time_wait);
}

void Population::listen(int count, int port, bool with_ipv6) {
  for (int i = 0; i < count; ++i) {
    const char* host = with_ipv6 && i % 2 == 1 ? "::1" : "127.0.0.1";
    listeners_.push_back(tcp_listen(host, static_cast<std::uint16_t>(port + i)));
  }
}

/// To a listener of this process, or to a passing one where it has none of this family.
void Population::connect(int count, const std::string& host, const Keep& keep) {
  if (count == 0) return;
  const int family = host == "::1" ? AF_INET6 : AF_INET;
  const auto own = std::ranges::find_if(
      listeners_, [&](const TestSocket& listener) { return listener.facts.family == family; });
  std::optional<TestSocket> passing;
  if (own == listeners_.end()) passing = tcp_listen(host);
  const int listener = passing ? passing->fd.get() : own->fd.get();
  const SocketAddress server = local_address(listener);
  for (int i = 0; i < count; ++i) {
    OwnedFd client = client_of(server);
    keep(std::move(client),
         OwnedFd(checked(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept")));
  }
}

OwnedFd Population::client_of(const SocketAddress& server) {
  OwnedFd client(checked(::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  if (server.family() == AF_INET) {
    const int one = 1;
    ::setsockopt(client.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
    const auto local = socket_address(client_address(kTcpClients, number_, clients_++), 0);
    checked(::bind(client.get(), local.get(), local.size), "bind");
  }
  checked(::connect(client.get(), server.get(), server.size), "connect");
  return client;
}

void Population::make_udp(int count, int of_ipv6) {
  constexpr std::uint16_t kPeerPort = 53;
  for (int i = 0; i < of_ipv6; ++i) {
    udp_.push_back(udp_bind_connect("::1", 0, "::1", kPeerPort));
  }
  for (int i = 0; i < count - of_ipv6; ++i) {
    udp_.push_back(
        udp_bind_connect(client_address(kUdpClients, number_, i), 0, "127.0.0.1", kPeerPort));
  }
}

void Population::make_time_waits(int count) {
  connect(count, "127.0.0.1", [this](OwnedFd client, OwnedFd server) {
    client.reset();
    server.reset();
    time_waits_.push_back(Clock::now());
  });
}

void Population::renew_time_waits() {
  const auto over = std::ranges::find_if(
      time_waits_, [now = Clock::now()](auto t) { return t + kTimeWait > now; });
  const auto count = over - time_waits_.begin();
  time_waits_.erase(time_waits_.begin(), over);
  make_time_waits(static_cast<int>(count));
}

void allow_descriptors() {
  rlimit limit{};
  checked(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  checked(::setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

}  // namespace

LoadMix share_of(const LoadMix& mix, int number) {
  return {.established = 2 * part_of(mix.established / 2, mix, number),
          .listening = part_of(mix.listening, mix, number),
          .udp = part_of(mix.udp, mix, number),
          .time_wait = part_of(mix.time_wait, mix, number),
          .processes = 1,
          .ipv6_percent = mix.ipv6_percent};
}

int first_port(const LoadMix& mix, int number) {
  return kFirstPort +
         static_cast<int>(static_cast<std::int64_t>(mix.listening) * number / mix.processes);
}

int descriptors_of(const LoadMix& share) {
  constexpr int kOthers = 16;  // standard streams, the way to the maker, a passing connection
  return share.established + share.listening + share.udp + kOthers;
}

void live_as_load(Child& me, const LoadMix& mix, int number) {
  me.ready();
  allow_descriptors();
  Population population(mix, number);
  me.reach("built");
  if (mix.time_wait == 0) me.wait();
  while (true) {
    me.pause(std::chrono::seconds(1));
    population.renew_time_waits();
  }
}

}  // namespace sockwatch::test
