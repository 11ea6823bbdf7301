// Sockets out of NETLINK_SOCK_DIAG and interfaces out of NETLINK_ROUTE: requests, dumps and
// decoding put together. Threads: one.
#pragma once

#include <memory>
#include <vector>

#include "app/dumped.h"
#include "kernel/channel.h"
#include "kernel/requests.h"
#include "sockets/interfaces.h"

namespace sockwatch {

class NetlinkSource {
 public:
  explicit NetlinkSource(kernel::OpenChannel open) : open_(std::move(open)) {}

  /// Sockets that may serve, with their drop counters: TCP in LISTEN; UDP unconnected with a port
  /// that the program chose.
  Dumped dump_servers(Protocol protocol, const OnRecords& on_records);
  /// Every socket in every state.
  Dumped dump_all(Protocol protocol, const OnRecords& on_records);
  Dumped dump_unix(const OnUnixSockets& on_sockets);
  /// Packet sockets; netlink knows no raw ones.
  Dumped dump_packet(const OnPacketSockets& on_sockets);
  tl::expected<Interfaces, kernel::DumpError> interfaces();
  /// Receives that a signal interrupted, since the start.
  std::uint64_t interruptions() const { return waiting_.interruptions; }
  /// Ends a cycle, and with it what its dumps may wait for answers: 1.5 s, all together. A netlink
  /// socket that is held keeps its network namespace alive.
  void close();

 private:
  static constexpr std::chrono::milliseconds kPatience{1500};

  Dumped converse(kernel::Request request, const kernel::OnDatagram& on_datagram);
  Dumped dump(Protocol protocol, kernel::Request request, const OnRecords& on_records);
  Dumped dump_tcp(std::uint32_t states, kernel::Extension extension, const OnRecords& on_records);
  Dumped dump_families(Protocol protocol, std::uint32_t states, kernel::Extension extension,
                       kernel::PortChoice choice, const OnRecords& on_records);

  kernel::OpenChannel open_;
  std::unique_ptr<kernel::Channel> diag_;
  bool one_walk_ = true;  // until the kernel refuses TCPDIAG_GETSOCK and takes the other request
  std::vector<SocketRecord> batch_;
  kernel::Waiting waiting_{kPatience};
};

}  // namespace sockwatch
