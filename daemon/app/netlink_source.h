// Sockets out of NETLINK_SOCK_DIAG and interfaces out of NETLINK_ROUTE: requests, dumps and
// decoding put together. Threads: one.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "kernel/channel.h"
#include "kernel/dump.h"
#include "kernel/requests.h"
#include "sockets/interfaces.h"
#include "sockets/socket_record.h"

namespace sockwatch {

using Dumped = tl::expected<void, kernel::DumpError>;
/// The sockets of one reply datagram; valid during the call.
using OnRecords = std::function<void(std::span<const SocketRecord>)>;

class NetlinkSource {
 public:
  explicit NetlinkSource(kernel::OpenChannel open) : open_(std::move(open)) {}

  /// Sockets that may serve, with their drop counters: TCP in LISTEN; UDP unconnected with a port
  /// that the program chose.
  Dumped dump_servers(Protocol protocol, const OnRecords& on_records);
  /// Every socket in every state.
  Dumped dump_all(Protocol protocol, const OnRecords& on_records);
  tl::expected<Interfaces, kernel::DumpError> interfaces();
  /// Ends a cycle: a netlink socket that is held keeps its network namespace alive.
  void close() { diag_.reset(); }

 private:
  Dumped dump(Protocol protocol, kernel::Request request, const OnRecords& on_records);
  Dumped dump_tcp(std::uint32_t states, kernel::Extension extension, const OnRecords& on_records);
  Dumped dump_families(Protocol protocol, std::uint32_t states, kernel::Extension extension,
                       kernel::PortChoice choice, const OnRecords& on_records);

  kernel::OpenChannel open_;
  std::unique_ptr<kernel::Channel> diag_;
  bool one_walk_ = true;  // until the kernel refuses TCPDIAG_GETSOCK and takes the other request
  std::vector<SocketRecord> batch_;
};

}  // namespace sockwatch
