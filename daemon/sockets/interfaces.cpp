#include "sockets/interfaces.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>

#include "support/attributes.h"
#include "support/text.h"

namespace sockwatch {
namespace {

std::string text_of(Bytes value) {
  const std::string_view text(reinterpret_cast<const char*>(value.data()), value.size());
  return label_name(text.substr(0, text.find('\0')));
}

std::optional<Address> address_of(std::uint8_t family, Bytes value) {
  const bool fits = family == AF_INET ? value.size() == 4 : value.size() == 16;
  if (!fits) return std::nullopt;
  return make_address(family == AF_INET ? Family::ipv4 : Family::ipv6,
                      reinterpret_cast<const std::uint8_t*>(value.data()));
}

/// The last address of the prefix: the kernel routes it as broadcast, told or not.
Address broadcast_of(Address address, unsigned prefix_length) {
  for (unsigned bit = prefix_length; bit < 32; ++bit) {
    address.bytes[bit / 8] |= static_cast<std::uint8_t>(0x80U >> bit % 8);
  }
  return address;
}

}  // namespace

bool Interfaces::add_link(Bytes payload) {
  const auto header = read_at<ifinfomsg>(payload, 0);
  if (!header || header->ifi_index <= 0) return false;
  Interface link;
  link.up = (header->ifi_flags & IFF_UP) != 0;
  link.loopback = (header->ifi_flags & IFF_LOOPBACK) != 0;
  const bool sound = for_each_attribute(
      payload.subspan(NLMSG_ALIGN(sizeof(ifinfomsg))), [&](const Attribute& attribute) {
        if (attribute.type == IFLA_IFNAME) link.name = text_of(attribute.value);
        if (attribute.type == IFLA_MASTER) {
          link.master = read_at<std::uint32_t>(attribute.value, 0).value_or(0);
        }
      });
  links_[static_cast<std::uint32_t>(header->ifi_index)] = std::move(link);
  return sound;
}

bool Interfaces::add_address(Bytes payload) {
  const auto header = read_at<ifaddrmsg>(payload, 0);
  if (!header) return false;
  if (header->ifa_family != AF_INET && header->ifa_family != AF_INET6) return true;
  std::optional<Address> local;  // IFA_LOCAL where told: IFA_ADDRESS is a tunnel's far end then
  std::optional<Address> address;
  const bool sound = for_each_attribute(
      payload.subspan(NLMSG_ALIGN(sizeof(ifaddrmsg))), [&](const Attribute& attribute) {
        const auto value = address_of(header->ifa_family, attribute.value);
        if (attribute.type == IFA_LOCAL) local = value;
        if (attribute.type == IFA_ADDRESS) address = value;
        if (attribute.type == IFA_BROADCAST && value) broadcast_.push_back(*value);
      });
  const auto own = local ? local : address;
  if (own) addresses_.push_back({header->ifa_index, *own});
  if (own && header->ifa_family == AF_INET && header->ifa_prefixlen < 31) {
    broadcast_.push_back(broadcast_of(*own, header->ifa_prefixlen));
  }
  return sound;
}

void Interfaces::finish() {
  local_.clear();
  for (const InterfaceAddress& entry : addresses_) local_.push_back(entry.address);
  std::ranges::sort(local_);
  std::ranges::sort(broadcast_);
}

std::string Interfaces::name(std::uint32_t interface) const {
  if (interface == 0) return "";
  const auto found = links_.find(interface);
  return found == links_.end() ? "if" + std::to_string(interface) : found->second.name;
}

bool Interfaces::is_loopback(std::uint32_t interface) const {
  const auto found = links_.find(interface);
  return found != links_.end() && found->second.loopback;
}

bool Interfaces::only_loopback_up() const {
  return !links_.empty() && std::ranges::none_of(links_, [](const auto& link) {
    return link.second.up && !link.second.loopback;
  });
}

bool Interfaces::is_local(const Address& address) const {
  return sockwatch::is_loopback(address) || std::ranges::binary_search(local_, address);
}

bool Interfaces::is_broadcast(const Address& address) const {
  static constexpr Address kLimited{Family::ipv4, {255, 255, 255, 255}};
  return address == kLimited || std::ranges::binary_search(broadcast_, address);
}

}  // namespace sockwatch
