// A netlink channel that answers with prepared bytes. Two bytes say what comes next: the size of a
// datagram that follows, or, with the top bit set, that something else happens than a datagram of
// the kernel. When they are used up, a time-out. The sequence number and port id of each message
// are set right, so that what follows is read, unless the port id says that it is for nobody.
#pragma once

#include <linux/netlink.h>
#include <sanitizer/asan_interface.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "kernel/channel.h"

namespace sockwatch::fuzz {

inline constexpr std::uint16_t kNoDatagram = 0x8000;
inline constexpr std::uint32_t kNobody = std::numeric_limits<std::uint32_t>::max();

class BytesChannel final : public kernel::Channel {
 public:
  explicit BytesChannel(Bytes input) : input_(input) {}

  Result<void> send(Bytes request) override {
    sequence_ = read_at<nlmsghdr>(request, 0).value_or(nlmsghdr{}).nlmsg_seq;
    return {};
  }

  Result<kernel::Datagram> receive(std::span<std::byte> buffer, kernel::Waiting&) override {
    const auto next = read_at<std::uint16_t>(input_, 0);
    if (!next) return failure("no more bytes", EAGAIN);
    input_ = input_.subspan(2);
    if ((*next & kNoDatagram) != 0) return mishap(*next & ~kNoDatagram);
    const std::size_t size = std::min({std::size_t{*next}, input_.size(), buffer.size()});
    ASAN_UNPOISON_MEMORY_REGION(buffer.data(), buffer.size());
    if (size > 0) std::memcpy(buffer.data(), input_.data(), size);
    input_ = input_.subspan(size);
    correct_headers(buffer.first(size));
    // A read beyond the datagram is an error, also where the buffer still goes on.
    ASAN_POISON_MEMORY_REGION(buffer.data() + size, buffer.size() - size);
    return kernel::Datagram{size, false, 0};
  }

  std::uint32_t port() const override { return 1; }

 private:
  static Result<kernel::Datagram> mishap(int which) {
    if (which == 0) return failure("interrupted", EINTR);
    if (which == 1) return kernel::Datagram{0, true, 0};
    if (which == 2) return kernel::Datagram{0, false, 4711};  // from another process
    return failure("failed", which);
  }

  void correct_headers(std::span<std::byte> datagram) const {
    std::size_t offset = 0;
    while (auto header = read_at<nlmsghdr>(datagram, offset)) {
      header->nlmsg_seq = sequence_;
      if (header->nlmsg_pid != kNobody) header->nlmsg_pid = port();
      std::memcpy(datagram.data() + offset, &*header, sizeof(*header));
      if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > datagram.size()) return;
      offset += NLMSG_ALIGN(std::size_t{header->nlmsg_len});
    }
  }

  Bytes input_;
  std::uint32_t sequence_ = 0;
};

}  // namespace sockwatch::fuzz
