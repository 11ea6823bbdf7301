#include "recording/other_messages.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/packet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>

#include "support/attributes.h"

namespace sockwatch::recording {
namespace {

using Buffer = std::vector<std::byte>;
using OtherPayload = std::optional<Buffer>;

// Linux 5.10; older kernel headers lack them.
constexpr std::uint16_t kCgroupId = 21;
constexpr std::uint16_t kSocketOptions = 22;

constexpr std::array<std::uint16_t, 5> kInetAttributes = {
    INET_DIAG_SKMEMINFO, INET_DIAG_SHUTDOWN, INET_DIAG_SKV6ONLY, kCgroupId, kSocketOptions};
constexpr std::array<std::uint16_t, 6> kUnixAttributes = {UNIX_DIAG_PEER,     UNIX_DIAG_ICONS,
                                                          UNIX_DIAG_RQLEN,    UNIX_DIAG_MEMINFO,
                                                          UNIX_DIAG_SHUTDOWN, UNIX_DIAG_UID};
constexpr std::array<std::uint16_t, 4> kPacketAttributes = {PACKET_DIAG_INFO, PACKET_DIAG_FANOUT,
                                                            PACKET_DIAG_UID, PACKET_DIAG_MEMINFO};

void append(Buffer& buffer, Bytes bytes) {
  buffer.insert(buffer.end(), bytes.begin(), bytes.end());
  buffer.resize(NLMSG_ALIGN(buffer.size()));
}

void append_attribute(Buffer& buffer, std::uint16_t type, Bytes value) {
  const nlattr header{static_cast<std::uint16_t>(sizeof(nlattr) + value.size()), type};
  append(buffer, bytes_of(header));
  append(buffer, value);
}

void append_text(Buffer& buffer, std::uint16_t type, const std::string& text) {
  append_attribute(buffer, type, std::as_bytes(std::span(text.c_str(), text.size() + 1)));
}

template <typename Header>
Bytes attributes_of(Bytes payload) {
  return payload.subspan(std::min(payload.size(), NLMSG_ALIGN(sizeof(Header))));
}

/// `header`, and the attributes of `payload` that are among `kept`.
template <typename Header, std::size_t N>
Buffer with_attributes(const Header& header, Bytes payload,
                       const std::array<std::uint16_t, N>& kept) {
  Buffer other;
  append(other, bytes_of(header));
  for_each_attribute(attributes_of<Header>(payload), [&](const Attribute& attribute) {
    if (std::ranges::find(kept, attribute.type) != kept.end()) {
      append_attribute(other, attribute.type, attribute.value);
    }
  });
  return other;
}

/// Of the kernel's bytes, 4 or 16 by the family; nothing for another family or too few.
std::optional<Address> address_of(int family, Bytes bytes) {
  if (family == AF_INET) {
    const auto ipv4 = read_at<std::array<std::uint8_t, 4>>(bytes, 0);
    return ipv4 ? std::optional(mapped(*ipv4)) : std::nullopt;
  }
  return family == AF_INET6 ? read_at<Address>(bytes, 0) : std::nullopt;
}

OtherPayload other_inet_socket(Bytes payload, OtherAddresses& addresses) {
  auto message = read_at<inet_diag_msg>(payload, 0);
  if (!message) return std::nullopt;
  const auto remote = address_of(message->idiag_family, bytes_of(message->id.idiag_dst));
  if (!remote) return std::nullopt;
  const Address other = addresses.of(*remote);
  if (message->idiag_family == AF_INET) {
    std::memcpy(message->id.idiag_dst, &other[12], 4);
  } else {
    std::memcpy(message->id.idiag_dst, other.data(), other.size());
  }
  return with_attributes(*message, payload, kInetAttributes);
}

/// The hardware address in each membership of a packet socket is left empty.
OtherPayload other_packet_socket(Bytes payload) {
  const auto message = read_at<packet_diag_msg>(payload, 0);
  if (!message) return std::nullopt;
  Buffer other = with_attributes(*message, payload, kPacketAttributes);
  for_each_attribute(attributes_of<packet_diag_msg>(payload), [&](const Attribute& attribute) {
    if (attribute.type != PACKET_DIAG_MCLIST) return;
    constexpr std::size_t kSize = sizeof(packet_diag_mclist);
    Buffer memberships;
    for (std::size_t at = 0; at + kSize <= attribute.value.size(); at += kSize) {
      auto membership = *read_at<packet_diag_mclist>(attribute.value, at);
      std::ranges::fill(membership.pdmc_addr, std::uint8_t{0});
      append(memberships, bytes_of(membership));
    }
    append_attribute(other, attribute.type, memberships);
  });
  return other;
}

OtherPayload other_socket(Bytes payload, OtherAddresses& addresses) {
  switch (read_at<std::uint8_t>(payload, 0).value_or(AF_UNSPEC)) {
    case AF_INET:
    case AF_INET6:
      return other_inet_socket(payload, addresses);
    case AF_PACKET:
      return other_packet_socket(payload);
    case AF_UNIX:
      if (const auto message = read_at<unix_diag_msg>(payload, 0)) {
        return with_attributes(*message, payload, kUnixAttributes);
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

OtherPayload other_link(Bytes payload, OtherNames& names) {
  const auto message = read_at<ifinfomsg>(payload, 0);
  if (!message) return std::nullopt;
  Buffer other = with_attributes(*message, payload, std::array<std::uint16_t, 1>{IFLA_MASTER});
  for_each_attribute(attributes_of<ifinfomsg>(payload), [&](const Attribute& attribute) {
    if (attribute.type != IFLA_IFNAME) return;
    const std::string_view name(reinterpret_cast<const char*>(attribute.value.data()),
                                attribute.value.size());
    append_text(other, IFLA_IFNAME, names.interface(name.substr(0, name.find('\0'))));
  });
  return other;
}

/// IFA_LOCAL where it is told, as IFA_ADDRESS is the far end of a tunnel then.
std::uint16_t own_address_type(Bytes payload) {
  std::uint16_t type = IFA_ADDRESS;
  for_each_attribute(attributes_of<ifaddrmsg>(payload), [&](const Attribute& attribute) {
    if (attribute.type == IFA_LOCAL) type = IFA_LOCAL;
  });
  return type;
}

OtherPayload other_interface_address(Bytes payload) {
  const auto message = read_at<ifaddrmsg>(payload, 0);
  if (!message) return std::nullopt;
  const std::array<std::uint16_t, 2> kept = {own_address_type(payload), IFA_BROADCAST};
  return with_attributes(*message, payload, kept);
}

OtherPayload other_payload(int netlink_protocol, std::uint16_t type, Bytes payload,
                           OtherAddresses& addresses, OtherNames& names) {
  if (type < NLMSG_MIN_TYPE) return Buffer(payload.begin(), payload.end());
  if (netlink_protocol == NETLINK_SOCK_DIAG) return other_socket(payload, addresses);
  if (netlink_protocol != NETLINK_ROUTE) return std::nullopt;
  if (type == RTM_NEWLINK) return other_link(payload, names);
  return type == RTM_NEWADDR ? other_interface_address(payload) : std::nullopt;
}

template <typename OnMessage>
void for_each_message(Bytes datagram, const OnMessage& on_message) {
  while (const auto header = read_at<nlmsghdr>(datagram, 0)) {
    const std::size_t length = header->nlmsg_len;
    if (length < sizeof(nlmsghdr) || length > datagram.size()) return;
    on_message(*header, datagram.first(length).subspan(sizeof(nlmsghdr)));
    datagram = datagram.subspan(std::min(NLMSG_ALIGN(length), datagram.size()));
  }
}

}  // namespace

void keep_own_addresses(Bytes datagram, OtherAddresses& addresses) {
  for_each_message(datagram, [&](const nlmsghdr& header, Bytes payload) {
    const auto message = read_at<ifaddrmsg>(payload, 0);
    if (header.nlmsg_type != RTM_NEWADDR || !message) return;
    const std::uint16_t own = own_address_type(payload);
    for_each_attribute(attributes_of<ifaddrmsg>(payload), [&](const Attribute& attribute) {
      const auto address = address_of(message->ifa_family, attribute.value);
      const bool kept = attribute.type == own || attribute.type == IFA_BROADCAST;
      if (kept && address) addresses.keep(*address);
    });
  });
}

std::vector<std::byte> other_datagram(int netlink_protocol, Bytes datagram,
                                      OtherAddresses& addresses, OtherNames& names) {
  Buffer other;
  for_each_message(datagram, [&](nlmsghdr header, Bytes payload) {
    const auto changed =
        other_payload(netlink_protocol, header.nlmsg_type, payload, addresses, names);
    if (!changed) return;
    header.nlmsg_len = static_cast<std::uint32_t>(sizeof(header) + changed->size());
    append(other, bytes_of(header));
    append(other, *changed);
  });
  return other;
}

}  // namespace sockwatch::recording
