// Connections whose two ends rest in wanted TCP states, on loopback and without waiting for timers.
//
// The one trick is deafen(): a socket filter that drops every arriving segment of that socket
// before TCP sees it. The other end then talks to a wall, and states that last microseconds stay
// for as long as the kernel goes on repeating itself: at least a minute, which is also the life of
// TIME_WAIT and of an ownerless FIN_WAIT2. A deaf socket that is closed sends a reset, so that the
// end that it kept waiting, with or without an owner, goes away with it.
//
// Each function connects to a listener from tcp_listen() and returns when the kernel confirms both
// states. Where the connection is accepted, the queue of the listener has to be empty before. All
// throw std::runtime_error. Threads: one per listener.
#pragma once

#include "support/sockets.h"

namespace sockwatch::test {

struct TcpPair {
  TestSocket client;  // called connect()
  TestSocket server;  // came out of the listener
};

/// How an end says that it has finished: by shutdown(), which leaves the socket to its owner, or by
/// close(), which leaves an orphan to the kernel.
enum class Finish { kShutdown, kClose };

/// Drops all that arrives at this socket from now on; accepted sockets inherit it from a listener.
void deafen(const TestSocket& socket);

/// Both `established`. `address` is where the client connects, default: where the listener is
/// bound. A client of 127.0.0.1 at a listener of :: makes an AF_INET and an AF_INET6 end.
TcpPair tcp_established(const TestSocket& listener, const std::string& address = "");

/// Both `established`, but never accepted: the server end waits in the listener's queue.
TcpPair tcp_unaccepted(const TestSocket& listener);
/// The same after the client's shutdown: `fin_wait2` and `close_wait`.
TcpPair tcp_unaccepted_close_wait(const TestSocket& listener);

/// Client `syn_sent`, no server end: the listener was made deaf before.
TestSocket tcp_syn_sent(const TestSocket& deaf_listener);
/// Client `syn_sent`, server `syn_recv`: the client is deaf to the answer. Lasts a minute.
TcpPair tcp_syn_recv(const TestSocket& listener);
/// Client `established`, server `syn_recv`: the listener gets TCP_DEFER_ACCEPT, which ignores the
/// end of the handshake until data comes. Lasts a minute.
TcpPair tcp_deferred(const TestSocket& listener);

/// Client `fin_wait1`, server `established`: the server is deaf to the FIN.
TcpPair tcp_fin_wait1(const TestSocket& listener, Finish client);
/// Client `fin_wait2`, server `close_wait`: only the client has finished. The kernel keeps a client
/// that closed as a time-wait minisocket without inode, a minute long.
TcpPair tcp_fin_wait2(const TestSocket& listener, Finish client);
/// Client `time_wait`, server gone: both finished in turn. A minute long.
TcpPair tcp_time_wait(const TestSocket& listener);
/// Client `fin_wait2`, server `last_ack`: the client finished, and is deaf to the server's FIN.
TcpPair tcp_last_ack(const TestSocket& listener, Finish server);
/// Client `closing`, server `fin_wait1`: the server is deaf to the client's FIN and finishes too,
/// so that the client hears of a FIN before its own is acknowledged.
TcpPair tcp_closing(const TestSocket& listener, Finish client);

}  // namespace sockwatch::test
