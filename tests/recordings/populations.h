// What the recorded hosts look like. Each function makes its processes and sockets in the
// namespaces of the caller, calls `record` while they are there, and takes them down.
#pragma once

#include <functional>

namespace sockwatch::test {

/// One process with every TCP state in both families.
void tcp_states(const std::function<void()>& record);

/// A host with a web server, a resolver, a container, a user's session and a sniffer; with units,
/// an interface, remote addresses, UDP servers and clients, dual-stack and v4-mapped sockets.
void server(const std::function<void()>& record);

}  // namespace sockwatch::test
