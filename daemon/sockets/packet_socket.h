// Sockets that see or send packets below UDP and TCP: AF_PACKET from packet_diag_msg or a line of
// /proc/net/packet, raw and ping sockets from a line of /proc/net/{raw,raw6,icmp,icmp6}. Pure;
// every read is bounded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sockets/socket_record.h"
#include "support/bytes.h"

namespace sockwatch {

enum class PacketKind : std::uint8_t { packet, raw };
inline constexpr std::array<std::string_view, 2> kPacketKindNames = {"packet", "raw"};

constexpr std::string_view name(PacketKind kind) {
  return kPacketKindNames[static_cast<std::size_t>(kind)];
}

struct PacketSocket {
  PacketKind kind = PacketKind::packet;
  // What it receives, host byte order: 3 (ETH_P_ALL) is everything, 0 nothing, it only sends.
  // Nothing for `raw`.
  std::optional<std::uint16_t> ethertype;
  // Holds an interface in promiscuous mode; nothing where the source does not tell.
  std::optional<bool> promiscuous;
  SocketKey key;
};

/// Nothing when the payload is cut, an attribute leaves its bounds, or the family is another one.
/// Promiscuous only where PACKET_SHOW_MCLIST was asked for.
std::optional<PacketSocket> decode_packet_socket(Bytes payload);

/// One line of /proc/net/packet (net/packet/af_packet.c, packet_seq_show).
std::optional<PacketSocket> parse_packet_line(std::string_view line);

/// One line of /proc/net/{raw,raw6,icmp,icmp6} (net/ipv4/raw.c, net/ipv6/datagram.c,
/// net/ipv4/ping.c: the same columns).
std::optional<PacketSocket> parse_raw_line(std::string_view line);

}  // namespace sockwatch
