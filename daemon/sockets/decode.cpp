#include "sockets/decode.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include "sockets/kernel_state.h"
#include "support/attributes.h"

namespace sockwatch {
namespace {

// Linux 5.10; older kernel headers lack it.
constexpr std::uint16_t kCgroupId = 21;

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

void read_endpoint(Family family, const void* address, std::uint16_t port, Endpoint& endpoint) {
  read_address(family, static_cast<const std::uint8_t*>(address), endpoint.address);
  endpoint.port = ntohs(port);
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
      record.drops =
          read_at<std::uint32_t>(attribute.value, SK_MEMINFO_DROPS * sizeof(std::uint32_t));
      break;
    default:
      break;
  }
}

/// Field by field to where it stays: a copy made right after such small writes waits for them.
bool read_message(Bytes payload, Protocol protocol, SocketRecord& record) {
  const auto message = read_at<inet_diag_msg>(payload, 0);
  if (!message) return false;
  const auto family = family_of(message->idiag_family);
  const auto state = state_of(protocol, message->idiag_state);
  if (!family || !state) return false;

  record.protocol = protocol;
  record.family = *family;
  record.state = *state;
  record.timer = message->idiag_timer;
  read_endpoint(*family, message->id.idiag_src, message->id.idiag_sport, record.local);
  read_endpoint(*family, message->id.idiag_dst, message->id.idiag_dport, record.remote);
  record.interface = message->id.idiag_if;
  record.key.cookie =
      message->id.idiag_cookie[0] | static_cast<std::uint64_t>(message->id.idiag_cookie[1]) << 32;
  record.key.inode = message->idiag_inode;
  record.receive_queue = message->idiag_rqueue;
  record.send_queue = message->idiag_wqueue;
  record.uid = message->idiag_uid;
  return for_each_attribute(payload.subspan(NLMSG_ALIGN(sizeof(inet_diag_msg))),
                            [&](const Attribute& attribute) { read_attribute(attribute, record); });
}

}  // namespace

std::optional<SocketRecord> decode_socket(Bytes payload, Protocol protocol) {
  std::optional<SocketRecord> record(std::in_place);
  if (!read_message(payload, protocol, *record)) record.reset();
  return record;
}

}  // namespace sockwatch
