#include "bench/connections.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "support/checked.h"

namespace sockwatch::test {
namespace {

// Client ports per client address: below the size of the ephemeral range.
constexpr int kPerAddress = 4096;

sockaddr_in endpoint(std::uint32_t address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(address);
  return result;
}

void connect_pair(int listener, std::uint32_t client_address, std::vector<OwnedFd>& sockets) {
  OwnedFd client(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  const int one = 1;
  ::setsockopt(client.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
  sockaddr_in from = endpoint(client_address, 0);
  checked(::bind(client.get(), reinterpret_cast<sockaddr*>(&from), sizeof(from)), "bind");
  sockaddr_in to{};
  socklen_t size = sizeof(to);
  checked(::getsockname(listener, reinterpret_cast<sockaddr*>(&to), &size), "getsockname");
  checked(::connect(client.get(), reinterpret_cast<sockaddr*>(&to), size), "connect");
  sockets.emplace_back(checked(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept"));
  sockets.push_back(std::move(client));
}

void live(Child& me, int number, int pairs) {
  const rlimit limit{20000, 20000};
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const TestSocket listener = tcp_listen("127.0.0.1", static_cast<std::uint16_t>(10000 + number));
  std::vector<OwnedFd> sockets;
  for (int i = 0; i < pairs; ++i) {
    const int address = number * 16 + i / kPerAddress;
    connect_pair(listener.fd.get(), 0x7f010000U + 1 + static_cast<std::uint32_t>(address), sockets);
  }
  me.ready();
  me.wait();
}

}  // namespace

Connections::Connections(const TestNamespace& netns, int sockets, int processes) {
  const int pairs = sockets / processes / 2;
  for (int number = 0; number < processes; ++number) {
    processes_.push_back(std::make_unique<TestProcess>(
        ProcessOptions{.name = "load" + std::to_string(number), .netns = &netns},
        [number, pairs](Child& me) { live(me, number, pairs); }));
  }
}

}  // namespace sockwatch::test
