#include "faults/faulty_netlink.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "support/messages.h"

namespace sockwatch::test {
namespace {

constexpr std::uint32_t kAnotherProcess = 4711;

std::string what_of(int netlink_protocol, Bytes request) {
  if (netlink_protocol == NETLINK_ROUTE) return "interfaces";
  const auto header = read_at<nlmsghdr>(request, 0).value();
  if (header.nlmsg_type == TCPDIAG_GETSOCK) return "tcp";
  const auto family = read_at<std::uint8_t>(request, NLMSG_HDRLEN).value();
  if (family == AF_UNIX) return "unix";
  if (family == AF_PACKET) return "packet";
  const auto protocol = read_at<std::uint8_t>(request, NLMSG_HDRLEN + 1).value();
  return protocol == IPPROTO_TCP ? "tcp" : "udp";
}

/// Changes the header of each message.
void change_headers(std::span<std::byte> datagram, const std::function<void(nlmsghdr&)>& change) {
  std::size_t offset = 0;
  while (auto header = read_at<nlmsghdr>(datagram, offset)) {
    change(*header);
    std::memcpy(datagram.data() + offset, &*header, sizeof(*header));
    offset += NLMSG_ALIGN(std::size_t{header->nlmsg_len});
  }
}

}  // namespace

std::string_view reason_of(NetlinkFault fault) {
  switch (fault) {
    case NetlinkFault::interrupted:
    case NetlinkFault::foreign:
    case NetlinkFault::stale:
      return "";
    case NetlinkFault::no_buffers:
    case NetlinkFault::overrun:
      return "other";
    case NetlinkFault::busy:
    case NetlinkFault::dump_interrupted:
      return "busy";
    case NetlinkFault::hang:
    case NetlinkFault::wrong_sequence:
    case NetlinkFault::wrong_port:
      return "timeout";
    case NetlinkFault::truncated:
      return "truncated";
    case NetlinkFault::garbage:
      return "malformed";
  }
  return "";
}

class FaultyNetlink::Connection final : public kernel::Channel {
 public:
  Connection(FaultyNetlink& netlink, int netlink_protocol, std::unique_ptr<kernel::Channel> kernel)
      : netlink_(netlink), netlink_protocol_(netlink_protocol), kernel_(std::move(kernel)) {}

  Result<void> send(Bytes request) override {
    what_ = what_of(netlink_protocol_, request);
    asked_ = {read_at<nlmsghdr>(request, 0).value().nlmsg_seq, kernel_->port()};
    planned_ = netlink_.plan_(what_);
    lasting_.reset();
    ++netlink_.dumps_;
    return kernel_->send(request);
  }

  Result<kernel::Datagram> receive(std::span<std::byte> buffer, kernel::Waiting&) override {
    if (planned_ && planned_->receive-- == 0) {
      const NetlinkFault fault = planned_->fault;
      planned_.reset();
      netlink_.injections_.push_back({what_, fault});
      return inject(fault, buffer);
    }
    return lasting_ ? bend(*lasting_, buffer) : from_kernel(buffer);
  }

  std::uint32_t port() const override { return kernel_->port(); }

 private:
  /// The kernel's answers are always there; when none is, none will come.
  Result<kernel::Datagram> from_kernel(std::span<std::byte> buffer) {
    kernel::Waiting none;
    return kernel_->receive(buffer, none);
  }

  Result<kernel::Datagram> inject(NetlinkFault fault, std::span<std::byte> buffer) {
    switch (fault) {
      case NetlinkFault::interrupted:
        return system_failure("receive", EINTR);
      case NetlinkFault::no_buffers:
        return system_failure("receive", ENOBUFS);
      case NetlinkFault::hang:
        return system_failure("receive", EAGAIN);
      case NetlinkFault::foreign:
        return give(buffer, Buffer(100, std::byte{0x5a}), kAnotherProcess);
      case NetlinkFault::stale:
        return give(buffer, error({asked_.sequence - 1, asked_.port}, EIO));
      case NetlinkFault::busy:
        return give(buffer, error(asked_, EBUSY));
      case NetlinkFault::overrun:
        return give(buffer, reply(asked_, NLMSG_OVERRUN, {}));
      case NetlinkFault::wrong_sequence:
      case NetlinkFault::wrong_port:
        lasting_ = fault;
        [[fallthrough]];
      default:
        return bend(fault, buffer);
    }
  }

  static Result<kernel::Datagram> give(std::span<std::byte> buffer, const Buffer& bytes,
                                       std::uint32_t sender = 0) {
    std::ranges::copy(bytes, buffer.begin());
    return kernel::Datagram{bytes.size(), false, sender};
  }

  Result<kernel::Datagram> bend(NetlinkFault fault, std::span<std::byte> buffer) {
    auto datagram = from_kernel(buffer);
    if (!datagram) return datagram;
    const auto bytes = buffer.first(datagram->size);
    if (fault == NetlinkFault::truncated) datagram->truncated = true;
    if (fault == NetlinkFault::garbage) std::ranges::fill(bytes, std::byte{0x5a});
    change_headers(bytes, [fault](nlmsghdr& header) {
      if (fault == NetlinkFault::wrong_sequence) --header.nlmsg_seq;
      if (fault == NetlinkFault::wrong_port) ++header.nlmsg_pid;
      if (fault == NetlinkFault::dump_interrupted) header.nlmsg_flags |= NLM_F_DUMP_INTR;
    });
    return datagram;
  }

  FaultyNetlink& netlink_;
  int netlink_protocol_;
  std::unique_ptr<kernel::Channel> kernel_;
  std::string what_;
  Recipient asked_;
  std::optional<PlannedFault> planned_;
  std::optional<NetlinkFault> lasting_;
};

kernel::OpenChannel FaultyNetlink::opener() {
  return [this](int netlink_protocol) -> Result<std::unique_ptr<kernel::Channel>> {
    auto opened = kernel_(netlink_protocol);
    if (!opened) return opened;
    return std::make_unique<Connection>(*this, netlink_protocol, std::move(*opened));
  };
}

}  // namespace sockwatch::test
