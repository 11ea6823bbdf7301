#include "support/messages.h"

#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/packet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include <array>
#include <stdexcept>

namespace sockwatch::test {
namespace {

// Linux 5.10; older kernel headers lack it.
constexpr std::uint16_t kCgroupId = 21;

using AddressBytes = std::array<std::uint8_t, 16>;

bool is_ipv6(const std::string& text) {
  return text.find(':') != std::string::npos;
}

/// In network order, not unmapped.
AddressBytes address_bytes(const std::string& text) {
  AddressBytes bytes{};
  if (::inet_pton(is_ipv6(text) ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) != 1) {
    throw std::runtime_error("no address: " + text);
  }
  return bytes;
}

Buffer address_attribute(std::uint16_t type, const std::string& text) {
  const AddressBytes bytes = address_bytes(text);
  return attribute(type, bytes_of(bytes).first(is_ipv6(text) ? 16 : 4));
}

/// To the 4 bytes to which messages and attributes are aligned alike.
void pad(Buffer& out) {
  out.resize((out.size() + 3) / 4 * 4);
}

void append(Buffer& out, Bytes more) {
  out.insert(out.end(), more.begin(), more.end());
}

template <typename T>
Buffer buffer_of(const T& value) {
  const Bytes bytes = bytes_of(value);
  return {bytes.begin(), bytes.end()};
}

template <typename Message>
void set_cookie(Message& message, std::uint32_t (Message::*field)[2], std::uint64_t cookie) {
  (message.*field)[0] = static_cast<std::uint32_t>(cookie);
  (message.*field)[1] = static_cast<std::uint32_t>(cookie >> 32);
}

}  // namespace

Buffer joined(const std::vector<Buffer>& parts) {
  Buffer out;
  for (const Buffer& part : parts) append(out, part);
  return out;
}

Address ip(const std::string& text) {
  return make_address(is_ipv6(text) ? Family::ipv6 : Family::ipv4, address_bytes(text).data());
}

Endpoint at(const std::string& text, std::uint16_t port) {
  return {ip(text), port};
}

Buffer attribute(std::uint16_t type, Bytes value) {
  Buffer out = buffer_of(nlattr{static_cast<std::uint16_t>(sizeof(nlattr) + value.size()), type});
  append(out, value);
  pad(out);
  return out;
}

Buffer text_attribute(std::uint16_t type, const std::string& text) {
  return attribute(type, std::as_bytes(std::span(text.c_str(), text.size() + 1)));
}

int family_of(const DiagSocket& socket) {
  return is_ipv6(socket.local) ? AF_INET6 : AF_INET;
}

Buffer diag_message(const DiagSocket& socket) {
  inet_diag_msg message{};
  message.idiag_family = static_cast<std::uint8_t>(family_of(socket));
  message.idiag_state = socket.state;
  message.idiag_timer = socket.timer;
  message.id.idiag_sport = htons(socket.port);
  message.id.idiag_dport = htons(socket.remote_port);
  std::memcpy(message.id.idiag_src, address_bytes(socket.local).data(), sizeof(AddressBytes));
  if (!socket.remote.empty()) {
    std::memcpy(message.id.idiag_dst, address_bytes(socket.remote).data(), sizeof(AddressBytes));
  }
  message.id.idiag_if = socket.interface;
  message.id.idiag_cookie[0] = static_cast<std::uint32_t>(socket.cookie);
  message.id.idiag_cookie[1] = static_cast<std::uint32_t>(socket.cookie >> 32);
  message.idiag_rqueue = socket.receive_queue;
  message.idiag_wqueue = socket.send_queue;
  message.idiag_uid = socket.uid;
  message.idiag_inode = socket.inode;

  Buffer out = buffer_of(message);
  append(out, attribute(INET_DIAG_SHUTDOWN, std::uint8_t{0}));
  if (socket.v6only) append(out, attribute(INET_DIAG_SKV6ONLY, std::uint8_t{*socket.v6only}));
  if (socket.cgroup_id) append(out, attribute(kCgroupId, *socket.cgroup_id));
  if (socket.drops) {
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    memory[SK_MEMINFO_DROPS] = *socket.drops;
    append(out, attribute(INET_DIAG_SKMEMINFO, memory));
  }
  return out;
}

Buffer unix_message(const UnixMessage& socket) {
  unix_diag_msg message{};
  message.udiag_family = AF_UNIX;
  message.udiag_type = socket.type;
  message.udiag_state = socket.state;
  message.udiag_ino = socket.inode;
  set_cookie(message, &unix_diag_msg::udiag_cookie, socket.cookie);
  return joined({buffer_of(message), attribute(UNIX_DIAG_SHUTDOWN, std::uint8_t{0})});
}

Buffer packet_message(const PacketMessage& socket) {
  packet_diag_msg message{};
  message.pdiag_family = AF_PACKET;
  message.pdiag_type = SOCK_RAW;
  message.pdiag_num = socket.ethertype;
  message.pdiag_ino = socket.inode;
  set_cookie(message, &packet_diag_msg::pdiag_cookie, socket.cookie);
  Buffer memberships;
  for (const std::uint16_t type : socket.memberships) {
    packet_diag_mclist membership{};
    membership.pdmc_count = 1;
    membership.pdmc_type = type;
    memberships = joined({memberships, buffer_of(membership)});
  }
  return joined({buffer_of(message), attribute(PACKET_DIAG_MCLIST, Bytes(memberships))});
}

Buffer link_message(const LinkMessage& link) {
  ifinfomsg message{};
  message.ifi_index = link.index;
  if (link.up) message.ifi_flags |= IFF_UP;
  if (link.loopback) message.ifi_flags |= IFF_LOOPBACK;
  Buffer out = buffer_of(message);
  append(out, text_attribute(IFLA_IFNAME, link.name));
  if (link.master != 0) append(out, attribute(IFLA_MASTER, link.master));
  return out;
}

Buffer address_message(const AddressMessage& address) {
  ifaddrmsg message{};
  message.ifa_family = is_ipv6(address.address) ? AF_INET6 : AF_INET;
  message.ifa_index = address.interface;
  Buffer out = buffer_of(message);
  // IPv6 tells IFA_LOCAL for tunnels only, IPv4 always.
  const bool tunnel = !address.peer.empty();
  append(out, address_attribute(IFA_ADDRESS, tunnel ? address.peer : address.address));
  if (tunnel || !is_ipv6(address.address))
    append(out, address_attribute(IFA_LOCAL, address.address));
  if (!address.broadcast.empty()) append(out, address_attribute(IFA_BROADCAST, address.broadcast));
  return out;
}

Buffer reply(Recipient to, std::uint16_t type, const Buffer& payload) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + payload.size());
  header.nlmsg_type = type;
  header.nlmsg_flags = NLM_F_MULTI;
  header.nlmsg_seq = to.sequence;
  header.nlmsg_pid = to.port;
  Buffer out = buffer_of(header);
  append(out, payload);
  pad(out);
  return out;
}

Buffer done(Recipient to, int error_code) {
  return reply(to, NLMSG_DONE, buffer_of(std::int32_t{-error_code}));
}

Buffer error(Recipient to, int error_code) {
  nlmsgerr message{};
  message.error = -error_code;
  return reply(to, NLMSG_ERROR, buffer_of(message));
}

}  // namespace sockwatch::test
