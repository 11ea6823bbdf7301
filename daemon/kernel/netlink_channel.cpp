#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include <cerrno>

#include "kernel/channel.h"

namespace sockwatch::kernel {
namespace {

struct CloseSocket {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using MnlSocket = std::unique_ptr<mnl_socket, CloseSocket>;

class NetlinkChannel final : public Channel {
 public:
  explicit NetlinkChannel(MnlSocket socket) : socket_(std::move(socket)) {}

  Result<void> send(Bytes request) override {
    if (mnl_socket_sendto(socket_.get(), request.data(), request.size()) < 0) {
      return system_failure("netlink send", errno);
    }
    return {};
  }

  // mnl_socket_recvfrom() keeps the sender's port id to itself; here it decides who is believed.
  Result<Datagram> receive(std::span<std::byte> buffer) override {
    sockaddr_nl sender{};
    iovec part{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof(sender);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t size = ::recvmsg(mnl_socket_get_fd(socket_.get()), &message, 0);
    if (size < 0) return system_failure("netlink receive", errno);
    return Datagram{static_cast<std::size_t>(size), (message.msg_flags & MSG_TRUNC) != 0,
                    sender.nl_pid};
  }

  std::uint32_t port() const override { return mnl_socket_get_portid(socket_.get()); }

 private:
  MnlSocket socket_;
};

}  // namespace

Result<std::unique_ptr<Channel>> open_netlink(int netlink_protocol,
                                              std::chrono::milliseconds timeout) {
  MnlSocket socket(mnl_socket_open2(netlink_protocol, SOCK_CLOEXEC));
  if (!socket) return system_failure("open netlink socket", errno);
  if (mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) {
    return system_failure("bind netlink socket", errno);
  }
  const timeval limit{timeout.count() / 1000, (timeout.count() % 1000) * 1000};
  if (::setsockopt(mnl_socket_get_fd(socket.get()), SOL_SOCKET, SO_RCVTIMEO, &limit,
                   sizeof(limit)) < 0) {
    return system_failure("set netlink receive timeout", errno);
  }
  return std::make_unique<NetlinkChannel>(std::move(socket));
}

}  // namespace sockwatch::kernel
