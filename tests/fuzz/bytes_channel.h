// A netlink channel that answers with prepared bytes: two bytes of length, then the datagram, again
// and again; when they are used up, a time-out. Sequence number and port id of the first message in
// each datagram are set right, so that what follows is read.
#pragma once

#include <linux/netlink.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/channel.h"

namespace sockwatch::fuzz {

class BytesChannel final : public kernel::Channel {
 public:
  explicit BytesChannel(Bytes input) : input_(input) {}

  Result<void> send(Bytes request) override {
    sequence_ = read_at<nlmsghdr>(request, 0).value_or(nlmsghdr{}).nlmsg_seq;
    return {};
  }

  Result<kernel::Datagram> receive(std::span<std::byte> buffer) override {
    const auto wanted = read_at<std::uint16_t>(input_, 0);
    if (!wanted) return failure("no more bytes", EAGAIN);
    input_ = input_.subspan(2);
    const std::size_t size = std::min({std::size_t{*wanted}, input_.size(), buffer.size()});
    if (size > 0) std::memcpy(buffer.data(), input_.data(), size);
    input_ = input_.subspan(size);
    correct_headers(buffer.first(size));
    return kernel::Datagram{size, false, 0};
  }

  std::uint32_t port() const override { return 1; }

 private:
  void correct_headers(std::span<std::byte> datagram) const {
    std::size_t offset = 0;
    while (auto header = read_at<nlmsghdr>(datagram, offset)) {
      header->nlmsg_seq = sequence_;
      header->nlmsg_pid = port();
      std::memcpy(datagram.data() + offset, &*header, sizeof(*header));
      if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > datagram.size()) return;
      offset += NLMSG_ALIGN(std::size_t{header->nlmsg_len});
    }
  }

  Bytes input_;
  std::uint32_t sequence_ = 0;
};

}  // namespace sockwatch::fuzz
