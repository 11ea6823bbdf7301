#include "recording/numbers.h"

#include <linux/netlink.h>

#include <algorithm>

namespace sockwatch::recording {

Numbers numbers_of(Bytes messages) {
  const auto header = read_at<nlmsghdr>(messages, 0);
  return header ? Numbers{header->nlmsg_seq, header->nlmsg_pid} : Numbers{};
}

void add_numbers(std::span<std::byte> messages, Numbers added) {
  while (auto header = read_at<nlmsghdr>(messages, 0)) {
    if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > messages.size()) return;
    header->nlmsg_seq += added.sequence;
    header->nlmsg_pid += added.port;
    std::memcpy(messages.data(), &*header, sizeof(*header));
    const std::size_t step = NLMSG_ALIGN(std::size_t{header->nlmsg_len});
    messages = messages.subspan(std::min(step, messages.size()));
  }
}

}  // namespace sockwatch::recording
