#include "support/tcp_pairs.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>

#include "support/checked.h"
#include "support/eventually.h"
#include "support/proc_net.h"
#include "support/socket_address.h"

namespace sockwatch::test {
namespace {

template <typename Value>
void set_option(const TestSocket& socket, int level, int option, const Value& value,
                const std::string& what) {
  checked(::setsockopt(socket.fd.get(), level, option, &value, sizeof value), what);
}

// connect() and accept() give up after kPatience.
void bound_in_time(const TestSocket& socket) {
  const timeval patience{std::chrono::duration_cast<std::chrono::seconds>(kPatience).count(), 0};
  set_option(socket, SOL_SOCKET, SO_SNDTIMEO, patience, "SO_SNDTIMEO");
  set_option(socket, SOL_SOCKET, SO_RCVTIMEO, patience, "SO_RCVTIMEO");
}

TestSocket open_client(const SocketAddress& server) {
  TestSocket client;
  client.fd.reset(checked(::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  bound_in_time(client);
  return client;
}

SocketAddress address_of(const TestSocket& listener, const std::string& address) {
  if (address.empty()) return local_address(listener.fd.get());
  return socket_address(address, listener.facts.port);
}

void connect_now(const TestSocket& client, const SocketAddress& server) {
  checked(::connect(client.fd.get(), server.get(), server.size), "connect");
}

tcp_info info_of(const TestSocket& socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  checked(::getsockopt(socket.fd.get(), IPPROTO_TCP, TCP_INFO, &info, &size), "TCP_INFO");
  return info;
}

void await_state(TestSocket& socket, int state) {
  socket.state = tcp_state_name(state);
  await(socket.state, [&] { return info_of(socket).tcpi_state == state; });
  socket.facts = socket_facts(socket.fd.get());
}

// Returns once the SYN is sent.
void begin_connect(TestSocket& client, const SocketAddress& server) {
  const int flags = checked(::fcntl(client.fd.get(), F_GETFL), "F_GETFL");
  checked(::fcntl(client.fd.get(), F_SETFL, flags | O_NONBLOCK), "O_NONBLOCK");
  const int result = ::connect(client.fd.get(), server.get(), server.size);
  if (result == 0 || errno != EINPROGRESS) checked(-1, "begin to connect");
  await_state(client, TCP_SYN_SENT);
  client.facts.peer_port = port_of(server);  // getpeername() tells it of connected sockets only
}

// An end that never had a descriptor, so that its facts come from its peer's.
TestSocket ownerless(const std::string& state, Holder holder, const TestSocket& listener,
                     const TestSocket& client) {
  TestSocket server;
  server.facts.family = listener.facts.family;
  server.facts.port = listener.facts.port;
  server.facts.peer_port = client.facts.port;
  server.state = state;
  server.holder = holder;
  return server;
}

void abandon(TestSocket& socket, Holder holder) {
  socket.fd.reset();
  socket.facts.inode = 0;
  socket.holder = holder;
}

void finish(TestSocket& socket, int state) {
  checked(::shutdown(socket.fd.get(), SHUT_WR), "shutdown");
  await_state(socket, state);
}

void abandon_if(Finish how, TestSocket& socket, Holder holder) {
  if (how == Finish::kClose) abandon(socket, holder);
}

TestSocket accept_from(const TestSocket& listener, const TestSocket& client) {
  bound_in_time(listener);
  TestSocket server;
  server.fd.reset(checked(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
  if (port_of(peer_address(server.fd.get())) != client.facts.port) {
    throw std::runtime_error("the accept queue was not empty");
  }
  return server;
}

void await_syn_recv(const TestSocket& server) {
  const std::string table = server.facts.family == AF_INET ? "tcp" : "tcp6";
  await("a row in syn_recv", [&] {
    const std::vector<ProcRow> rows = proc_net(table);
    return std::any_of(rows.begin(), rows.end(), [&](const ProcRow& row) {
      return row.state == server.state && row.port == server.facts.port &&
             row.peer_port == server.facts.peer_port;
    });
  });
}

}  // namespace

void deafen(const TestSocket& socket) {
  sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
  const sock_fprog program{1, &drop};
  set_option(socket, SOL_SOCKET, SO_ATTACH_FILTER, program, "attach a filter");
  set_option(socket, SOL_SOCKET, SO_LINGER, linger{1, 0}, "SO_LINGER");
}

TcpPair tcp_established(const TestSocket& listener, const std::string& address) {
  const SocketAddress server_address = address_of(listener, address);
  TcpPair pair{open_client(server_address), {}};
  connect_now(pair.client, server_address);
  await_state(pair.client, TCP_ESTABLISHED);
  pair.server = accept_from(listener, pair.client);
  await_state(pair.server, TCP_ESTABLISHED);
  return pair;
}

TcpPair tcp_unaccepted(const TestSocket& listener) {
  const SocketAddress server_address = address_of(listener, "");
  TcpPair pair{open_client(server_address), {}};
  const auto waiting = info_of(listener).tcpi_unacked;  // of a listener: its accept queue
  connect_now(pair.client, server_address);
  await_state(pair.client, TCP_ESTABLISHED);
  await("a longer accept queue", [&] { return info_of(listener).tcpi_unacked > waiting; });
  pair.server = ownerless("established", Holder::kUnaccepted, listener, pair.client);
  return pair;
}

TcpPair tcp_unaccepted_close_wait(const TestSocket& listener) {
  TcpPair pair = tcp_unaccepted(listener);
  finish(pair.client, TCP_FIN_WAIT2);  // the acknowledgement says that the server knows
  pair.server.state = "close_wait";
  return pair;
}

TestSocket tcp_syn_sent(const TestSocket& deaf_listener) {
  const SocketAddress server_address = address_of(deaf_listener, "");
  TestSocket client = open_client(server_address);
  begin_connect(client, server_address);
  return client;
}

TcpPair tcp_syn_recv(const TestSocket& listener) {
  const SocketAddress server_address = address_of(listener, "");
  TcpPair pair{open_client(server_address), {}};
  deafen(pair.client);
  begin_connect(pair.client, server_address);
  pair.server = ownerless("syn_recv", Holder::kSynRecv, listener, pair.client);
  await_syn_recv(pair.server);
  return pair;
}

TcpPair tcp_deferred(const TestSocket& listener) {
  set_option(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 60, "TCP_DEFER_ACCEPT");
  const SocketAddress server_address = address_of(listener, "");
  TcpPair pair{open_client(server_address), {}};
  connect_now(pair.client, server_address);
  await_state(pair.client, TCP_ESTABLISHED);
  pair.server = ownerless("syn_recv", Holder::kSynRecv, listener, pair.client);
  await_syn_recv(pair.server);
  return pair;
}

TcpPair tcp_fin_wait1(const TestSocket& listener, Finish client) {
  TcpPair pair = tcp_established(listener);
  deafen(pair.server);
  finish(pair.client, TCP_FIN_WAIT1);
  abandon_if(client, pair.client, Holder::kOrphan);
  return pair;
}

TcpPair tcp_fin_wait2(const TestSocket& listener, Finish client) {
  TcpPair pair = tcp_established(listener);
  finish(pair.client, TCP_FIN_WAIT2);
  await_state(pair.server, TCP_CLOSE_WAIT);
  abandon_if(client, pair.client, Holder::kTimeWait);
  return pair;
}

TcpPair tcp_time_wait(const TestSocket& listener) {
  TcpPair pair = tcp_fin_wait2(listener, Finish::kShutdown);
  const SocketFacts facts = pair.client.facts;  // an unhashed socket no longer knows its peer
  finish(pair.server, TCP_CLOSE);
  await_state(pair.client, TCP_CLOSE);  // the descriptor's view; the table holds a minisocket
  pair.server = TestSocket{};
  pair.client.facts = facts;
  pair.client.state = "time_wait";
  abandon(pair.client, Holder::kTimeWait);
  return pair;
}

TcpPair tcp_last_ack(const TestSocket& listener, Finish server) {
  TcpPair pair = tcp_fin_wait2(listener, Finish::kShutdown);
  deafen(pair.client);
  finish(pair.server, TCP_LAST_ACK);
  abandon_if(server, pair.server, Holder::kOrphan);
  return pair;
}

TcpPair tcp_closing(const TestSocket& listener, Finish client) {
  TcpPair pair = tcp_established(listener);
  deafen(pair.server);
  finish(pair.client, TCP_FIN_WAIT1);
  finish(pair.server, TCP_FIN_WAIT1);
  await_state(pair.client, TCP_CLOSING);
  abandon_if(client, pair.client, Holder::kOrphan);
  return pair;
}

}  // namespace sockwatch::test
