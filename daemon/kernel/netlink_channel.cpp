#include <libmnl/libmnl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
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

  // The kernel writes a dump's next datagram while the one before is taken: only one that hangs
  // lets us wait.
  Result<Datagram> receive(std::span<std::byte> buffer, Waiting& waiting) override {
    while (true) {
      auto datagram = take(buffer);
      if (datagram || datagram.error().code != EAGAIN) return datagram;
      if (const auto came = wait(waiting); !came) return tl::unexpected(came.error());
    }
  }

  std::uint32_t port() const override { return mnl_socket_get_portid(socket_.get()); }

 private:
  // mnl_socket_recvfrom() keeps the sender's port id to itself; here it decides who is believed.
  Result<Datagram> take(std::span<std::byte> buffer) {
    sockaddr_nl sender{};
    iovec part{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof(sender);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t size = ::recvmsg(mnl_socket_get_fd(socket_.get()), &message, MSG_DONTWAIT);
    if (size < 0) return system_failure("netlink receive", errno);
    return Datagram{static_cast<std::size_t>(size), (message.msg_flags & MSG_TRUNC) != 0,
                    sender.nl_pid};
  }

  Result<void> wait(Waiting& waiting) {
    using std::chrono::nanoseconds;
    using std::chrono::steady_clock;
    pollfd socket{mnl_socket_get_fd(socket_.get()), POLLIN, 0};
    const auto seconds = std::chrono::floor<std::chrono::seconds>(waiting.left);
    const timespec limit{seconds.count(), (waiting.left - seconds).count()};
    const auto before = steady_clock::now();
    const int ready = ::ppoll(&socket, 1, &limit, nullptr);
    const int code = ready < 0 ? errno : EAGAIN;
    waiting.left -= std::min<nanoseconds>(waiting.left, steady_clock::now() - before);
    if (ready <= 0) return system_failure("wait for netlink", code);
    return {};
  }

  MnlSocket socket_;
};

}  // namespace

Result<std::unique_ptr<Channel>> open_netlink(int netlink_protocol) {
  MnlSocket socket(mnl_socket_open2(netlink_protocol, SOCK_CLOEXEC));
  if (!socket) return system_failure("open netlink socket", errno);
  if (mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) {
    return system_failure("bind netlink socket", errno);
  }
  return std::make_unique<NetlinkChannel>(std::move(socket));
}

}  // namespace sockwatch::kernel
