// Netlink attributes (struct nlattr) of a payload, each bounded before it is handed on.
#pragma once

#include <linux/netlink.h>

#include <cstdint>

#include "support/bytes.h"

namespace sockwatch {

struct Attribute {
  std::uint16_t type = 0;  // without the NLA_F_ flags
  Bytes value;
};

/// False when an attribute claims more bytes than there are, or fewer than its own header. Up to
/// three bytes of padding may follow the last one.
template <typename OnAttribute>
bool for_each_attribute(Bytes bytes, OnAttribute&& on_attribute) {
  while (bytes.size() >= NLA_ALIGNTO) {
    const auto header = read_at<nlattr>(bytes, 0);
    if (!header || header->nla_len < sizeof(nlattr) || header->nla_len > bytes.size()) return false;
    on_attribute(Attribute{static_cast<std::uint16_t>(header->nla_type & NLA_TYPE_MASK),
                           bytes.subspan(sizeof(nlattr), header->nla_len - sizeof(nlattr))});
    const std::size_t step = NLA_ALIGN(header->nla_len);
    bytes = bytes.subspan(step < bytes.size() ? step : bytes.size());
  }
  return true;
}

}  // namespace sockwatch
