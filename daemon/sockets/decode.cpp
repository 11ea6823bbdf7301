#include "sockets/decode.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include "support/attributes.h"

namespace sockwatch {
namespace {

// Linux 5.10; older kernel headers lack it.
constexpr std::uint16_t kCgroupId = 21;

std::optional<State> tcp_state(std::uint8_t kernel_state) {
  switch (kernel_state) {
    case 1:
      return State::established;
    case 2:
      return State::syn_sent;
    case 3:
    case 12:
      return State::syn_recv;
    case 4:
      return State::fin_wait1;
    case 5:
      return State::fin_wait2;
    case 6:
      return State::time_wait;
    case 7:  // TCP_CLOSE: only a bound, inactive socket is shown in it (asked for with bit 13)
    case 13:
      return State::bound_inactive;
    case 8:
      return State::close_wait;
    case 9:
      return State::last_ack;
    case 10:
      return State::listen;
    case 11:
      return State::closing;
    default:
      return std::nullopt;
  }
}

std::optional<State> udp_state(std::uint8_t kernel_state) {
  switch (kernel_state) {
    case 1:
      return State::connected;
    case 7:
      return State::unconnected;
    default:
      return std::nullopt;
  }
}

std::optional<Family> family_of(std::uint8_t kernel_family) {
  switch (kernel_family) {
    case AF_INET:
      return Family::ipv4;
    case AF_INET6:
      return Family::ipv6;
    default:
      return std::nullopt;
  }
}

Endpoint endpoint(Family family, const void* address, std::uint16_t port) {
  return {make_address(family, static_cast<const std::uint8_t*>(address)), ntohs(port)};
}

void read_attribute(const Attribute& attribute, SocketRecord& record) {
  switch (attribute.type) {
    case INET_DIAG_SKV6ONLY:
      record.v6only = read_at<std::uint8_t>(attribute.value, 0).value_or(0) != 0;
      break;
    case kCgroupId:
      record.cgroup_id = read_at<std::uint64_t>(attribute.value, 0).value_or(0);
      break;
    case INET_DIAG_SKMEMINFO:
      record.drops = read_at<std::uint32_t>(attribute.value, SK_MEMINFO_DROPS * 4);
      break;
    default:
      break;
  }
}

}  // namespace

std::optional<SocketRecord> decode_socket(Bytes payload, Protocol protocol) {
  const auto message = read_at<inet_diag_msg>(payload, 0);
  if (!message) return std::nullopt;
  const auto family = family_of(message->idiag_family);
  const auto state =
      protocol == Protocol::tcp ? tcp_state(message->idiag_state) : udp_state(message->idiag_state);
  if (!family || !state) return std::nullopt;

  SocketRecord record;
  record.protocol = protocol;
  record.family = *family;
  record.state = *state;
  record.timer = message->idiag_timer;
  record.local = endpoint(*family, message->id.idiag_src, message->id.idiag_sport);
  record.remote = endpoint(*family, message->id.idiag_dst, message->id.idiag_dport);
  record.interface = message->id.idiag_if;
  record.key.cookie =
      message->id.idiag_cookie[0] | static_cast<std::uint64_t>(message->id.idiag_cookie[1]) << 32;
  record.key.inode = message->idiag_inode;
  record.receive_queue = message->idiag_rqueue;
  record.send_queue = message->idiag_wqueue;
  record.uid = message->idiag_uid;
  const bool sound =
      for_each_attribute(payload.subspan(NLMSG_ALIGN(sizeof(inet_diag_msg))),
                         [&](const Attribute& attribute) { read_attribute(attribute, record); });
  if (!sound) return std::nullopt;
  return record;
}

}  // namespace sockwatch
