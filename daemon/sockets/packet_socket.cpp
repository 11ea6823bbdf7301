#include "sockets/packet_socket.h"

#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/packet_diag.h>
#include <sys/socket.h>

#include "sockets/socket_key.h"
#include "support/attributes.h"
#include "support/fields.h"

namespace sockwatch {
namespace {

/// Whether an array of memberships has a promiscuous one; nothing when it is no such array.
std::optional<bool> has_promiscuous(Bytes memberships) {
  bool found = false;
  while (!memberships.empty()) {
    const auto membership = read_at<packet_diag_mclist>(memberships, 0);
    if (!membership) return std::nullopt;
    found = found || membership->pdmc_type == PACKET_MR_PROMISC;
    memberships = memberships.subspan(sizeof(packet_diag_mclist));
  }
  return found;
}

}  // namespace

std::optional<PacketSocket> decode_packet_socket(Bytes payload) {
  const auto message = read_at<packet_diag_msg>(payload, 0);
  if (!message || message->pdiag_family != AF_PACKET) return std::nullopt;
  PacketSocket socket;
  socket.ethertype = message->pdiag_num;
  socket.key = diag_key(message->pdiag_cookie, message->pdiag_ino);
  bool lists_sound = true;
  const bool sound = for_each_attribute(
      payload.subspan(NLMSG_ALIGN(sizeof(packet_diag_msg))), [&](const Attribute& attribute) {
        if (attribute.type != PACKET_DIAG_MCLIST) return;
        socket.promiscuous = has_promiscuous(attribute.value);
        lists_sound = lists_sound && socket.promiscuous.has_value();
      });
  if (!sound || !lists_sound) return std::nullopt;
  return socket;
}

std::optional<PacketSocket> parse_packet_line(std::string_view line) {
  Fields fields(line);
  fields.skip(3);  // address, references, type
  const auto ethertype = number<std::uint16_t>(fields.next(), 16);
  fields.skip(4);  // interface, running, memory, user
  const auto inode = number<std::uint32_t>(fields.next());
  if (!ethertype || !inode) return std::nullopt;
  return PacketSocket{PacketKind::packet, ethertype, std::nullopt, key_without_cookie(*inode)};
}

std::optional<PacketSocket> parse_raw_line(std::string_view line) {
  Fields fields(line);
  if (!fields.next().ends_with(':')) return std::nullopt;
  fields.skip(8);  // addresses, state, queues, timer, retransmits, user, timeout
  const auto inode = number<std::uint32_t>(fields.next());
  if (!inode) return std::nullopt;
  return PacketSocket{PacketKind::raw, std::nullopt, false, key_without_cookie(*inode)};
}

}  // namespace sockwatch
