// A kernel of a test's own behind kernel::Channel. It decodes each dump request and answers it with
// the sockets and devices that it was given, or as a script says; it fails where it is told to, and
// remembers what it was asked.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "kernel/channel.h"
#include "sockets/socket_record.h"
#include "support/messages.h"

namespace sockwatch::test {

struct DumpRequest {
  int netlink_protocol = 0;  // NETLINK_SOCK_DIAG or NETLINK_ROUTE
  std::uint16_t type = 0;
  int family = 0;    // AF_*; 0: both of IP
  int protocol = 0;  // IPPROTO_*; 0: of NETLINK_ROUTE, unix and packet sockets
  std::uint32_t states = 0;
  bool socket_memory = false;  // asks for drop counters
  bool by_program = false;     // asks by bytecode for ports that were chosen by bind()
  Recipient from = {};
};

/// What one receive() gives.
struct Reply {
  Buffer bytes = {};
  std::uint32_t sender = 0;
  bool truncated = false;
  int error_code = 0;  // not 0: receive() fails with it and gives nothing
};

/// In `done_message` all rows come before the error.
enum class FailAt { send, receive, error_message, done_message };

class FakeKernel {
 public:
  using Which = std::function<bool(const DumpRequest&)>;
  using Script = std::function<std::vector<Reply>(const DumpRequest&)>;

  /// What there is: `lo` and `eth0` (203.0.113.1, 2001:db8::1), and no socket.
  std::vector<DiagSocket> tcp;
  std::vector<DiagSocket> udp;
  std::vector<UnixMessage> unix_sockets;
  std::vector<PacketMessage> packet_sockets;
  std::vector<LinkMessage> links = {{.index = 1, .name = "lo", .loopback = true},
                                    {.index = 2, .name = "eth0"}};
  std::vector<AddressMessage> addresses = {{.interface = 1, .address = "127.0.0.1"},
                                           {.interface = 1, .address = "::1"},
                                           {.interface = 2, .address = "203.0.113.1"},
                                           {.interface = 2, .address = "2001:db8::1"}};
  std::size_t rows_per_datagram = 50;

  FakeKernel() = default;
  FakeKernel(const FakeKernel&) = delete;
  FakeKernel& operator=(const FakeKernel&) = delete;

  /// Lives no longer than this kernel.
  kernel::OpenChannel opener();

  void fail(FailAt where, int error_code, Which which);
  void fail_open(int netlink_protocol, int error_code);
  void repair();
  /// Answers every request from now on; after the last reply receive() runs into its timeout.
  void follow(Script script) { script_ = std::move(script); }

  const std::vector<DumpRequest>& requests() const { return requests_; }
  std::size_t channels_opened() const { return opened_; }
  std::size_t channels_open() const { return open_; }

 private:
  class Connection;
  struct Failure {
    FailAt where;
    int error_code;
    Which which;
  };

  const Failure* failure_of(const DumpRequest& request) const;
  std::vector<Reply> answer(const DumpRequest& request) const;
  std::vector<Buffer> rows(const DumpRequest& request) const;
  std::vector<Buffer> socket_rows(const DumpRequest& request) const;

  std::vector<Failure> failures_;
  std::map<int, int> open_failures_;  // netlink protocol → errno
  Script script_;
  std::vector<DumpRequest> requests_;
  std::size_t opened_ = 0;
  std::size_t open_ = 0;
};

/// For FakeKernel::fail(): the socket dumps of one protocol or of a family without ports, and the
/// one kind of TCP dump that walks both families.
FakeKernel::Which dumps_of(Protocol protocol);
FakeKernel::Which dumps_of_family(int family);  // AF_UNIX, AF_PACKET
bool is_tcp_walk(const DumpRequest& request);

}  // namespace sockwatch::test
