// MPTCP: its subflows are in the TCP dump, with the inode of the program's descriptor. Each is
// counted once; MPTCP's own dump, which has the same connections again, is never asked for.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "kernel/sampled.h"
#include "support/checked.h"
#include "support/eventually.h"
#include "support/process.h"
#include "support/socket_address.h"
#include "support/ss.h"

namespace sockwatch::test {
namespace {

class Mptcp : public Sampled {
 protected:
  void SetUp() override {
    Sampled::SetUp();
    if (IsSkipped()) return;
    const OwnedFd probe(::socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP));
    if (!probe) GTEST_SKIP() << "this kernel has no MPTCP";
  }
};

OwnedFd mptcp_socket(int family) {
  return OwnedFd(checked(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP), "socket"));
}

OwnedFd mptcp_listen(const std::string& address, std::uint16_t port) {
  const SocketAddress local = socket_address(address, port);
  OwnedFd fd = mptcp_socket(local.family());
  checked(::bind(fd.get(), local.get(), local.size), "bind");
  checked(::listen(fd.get(), 16), "listen");
  return fd;
}

OwnedFd mptcp_connect(const std::string& address, std::uint16_t port) {
  const SocketAddress peer = socket_address(address, port);
  OwnedFd fd = mptcp_socket(peer.family());
  checked(::connect(fd.get(), peer.get(), peer.size), "connect");
  return fd;
}

OwnedFd accept_from(const OwnedFd& listener) {
  return OwnedFd(checked(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
}

void serve(Child& me) {
  const OwnedFd v4 = mptcp_listen("127.0.0.1", 8080);
  const OwnedFd v6 = mptcp_listen("::1", 8081);
  me.ready();
  me.wait_for("accept");
  const OwnedFd one = accept_from(v4);
  const OwnedFd other = accept_from(v6);
  me.reach("accepted");
  me.wait();
}

void connect_to_both(Child& me) {
  const OwnedFd v4 = mptcp_connect("127.0.0.1", 8080);
  const OwnedFd v6 = mptcp_connect("::1", 8081);
  me.ready();
  me.wait();
}

double sockets(const Exposition& seen, const char* state) {
  return seen.sum("sockwatch_sockets", {{"protocol", "tcp"}, {"state", state}});
}

double held(const Exposition& seen, const char* process, const char* state) {
  return seen.sum("sockwatch_process_sockets", {{"process", process}, {"state", state}});
}

TEST_F(Mptcp, EachListenerAndConnectionIsCountedOnceForItsProcess) {
  TestProcess server({.name = "server"}, serve);
  const TestProcess client({.name = "client"}, connect_to_both);
  server.go("accept");
  server.until("accepted");
  const Exposition seen = sample();
  EXPECT_EQ(sockets(seen, "listen"), 2);
  EXPECT_EQ(sockets(seen, "established"), 4);
  EXPECT_EQ(held(seen, "server", "listen"), 2);
  EXPECT_EQ(held(seen, "server", "established"), 2);
  EXPECT_EQ(held(seen, "client", "established"), 2);
  EXPECT_EQ(seen.label("process", "sockwatch_listener_sockets", {{"port", "8080"}}), "server");
  EXPECT_EQ(seen.sum("sockwatch_port_sockets", {{"port", "8081"}, {"direction", "inbound"}}), 2);
}

TEST_F(Mptcp, ThatIsNotAcceptedYetCountsForItsListener) {
  const TestProcess server({.name = "server"}, serve);
  const TestProcess client({.name = "client"}, connect_to_both);
  await("both ends established", [] { return count_tcp_states(ss("-ta"))["established"] == 4; });
  const Exposition seen = sample();
  EXPECT_EQ(sockets(seen, "established"), 4);
  EXPECT_EQ(seen.sum("sockwatch_unowned_sockets", {{"protocol", "tcp"}, {"cause", "unaccepted"}}),
            2);
  EXPECT_EQ(held(seen, "server", "established"), 0);
}

TEST_F(Mptcp, IsCountedAsSsCountsTcp) {
  TestProcess server({.name = "server"}, serve);
  const TestProcess client({.name = "client"}, connect_to_both);
  server.go("accept");
  server.until("accepted");
  const Exposition seen = sample();
  for (const auto& [state, count] : count_tcp_states(ss("-ta"))) {
    EXPECT_EQ(sockets(seen, state.c_str()), count) << state;
  }
  EXPECT_EQ(seen.sum("sockwatch_sockets", {{"protocol", "tcp"}}),
            static_cast<double>(ss("-ta").size()));
}

TEST_F(Mptcp, ConnectionsThatFellBackToTcpAreCountedOnceToo) {
  TestProcess server({.name = "server"}, serve);
  const TestProcess client({.name = "client"}, [](Child& me) {
    const SocketAddress peer = socket_address("127.0.0.1", 8080);
    const OwnedFd plain(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    checked(::connect(plain.get(), peer.get(), peer.size), "connect");
    const OwnedFd v6 = mptcp_connect("::1", 8081);
    me.ready();
    me.wait();
  });
  server.go("accept");
  server.until("accepted");
  const Exposition seen = sample();
  EXPECT_EQ(held(seen, "server", "established"), 2);
  EXPECT_EQ(held(seen, "client", "established"), 2);
  EXPECT_EQ(sockets(seen, "established"), 4);
}

}  // namespace
}  // namespace sockwatch::test
