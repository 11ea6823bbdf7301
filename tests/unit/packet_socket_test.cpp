#include "sockets/packet_socket.h"

#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <linux/packet_diag.h>

#include <string>

#include "support/messages.h"

namespace sockwatch::test {
namespace {

TEST(DecodePacketSocket, ReadsEveryField) {
  const auto socket = decode_packet_socket(packet_message({.ethertype = 0x888e,
                                                           .cookie = 0x1122334455667788,
                                                           .inode = 4000000001,
                                                           .memberships = {PACKET_MR_PROMISC}}));
  ASSERT_TRUE(socket);
  EXPECT_EQ(socket->kind, PacketKind::packet);
  EXPECT_EQ(socket->ethertype, 0x888e);
  EXPECT_EQ(socket->promiscuous, true);
  EXPECT_EQ(socket->key, (SocketKey{0x1122334455667788, 4000000001}));
}

TEST(DecodePacketSocket, IsPromiscuousByThatMembershipAlone) {
  const auto promiscuous = [](std::vector<std::uint16_t> memberships) {
    return decode_packet_socket(packet_message({.memberships = std::move(memberships)}))
        .value()
        .promiscuous;
  };
  EXPECT_EQ(promiscuous({}), false);
  EXPECT_EQ(promiscuous({PACKET_MR_MULTICAST, PACKET_MR_ALLMULTI, PACKET_MR_UNICAST}), false);
  EXPECT_EQ(promiscuous({PACKET_MR_MULTICAST, PACKET_MR_PROMISC, PACKET_MR_UNICAST}), true);
  EXPECT_EQ(promiscuous(std::vector<std::uint16_t>(500, PACKET_MR_MULTICAST)), false);
}

TEST(DecodePacketSocket, DoesNotKnowPromiscuousWithoutMemberships) {
  Buffer message = packet_message({});
  message.resize(sizeof(packet_diag_msg));
  EXPECT_EQ(decode_packet_socket(message).value().promiscuous, std::nullopt);
}

TEST(DecodePacketSocket, RefusesOtherFamilies) {
  Buffer message = packet_message({});
  message[0] = std::byte{2};
  EXPECT_FALSE(decode_packet_socket(message));
}

TEST(DecodePacketSocket, RefusesEveryCut) {
  const Buffer whole = packet_message({.memberships = {PACKET_MR_PROMISC, PACKET_MR_MULTICAST}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Buffer exact(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const bool no_attribute_begun =
        size >= sizeof(packet_diag_msg) && size < sizeof(packet_diag_msg) + 4;
    EXPECT_EQ(decode_packet_socket(exact).has_value(), no_attribute_begun) << size;
  }
  EXPECT_TRUE(decode_packet_socket(whole));
}

TEST(DecodePacketSocket, RefusesAMembershipThatIsCut) {
  const Buffer whole = packet_message({});
  const Buffer head(whole.begin(), whole.begin() + sizeof(packet_diag_msg));
  const Buffer half(sizeof(packet_diag_mclist) / 2);
  EXPECT_FALSE(decode_packet_socket(joined({head, attribute(PACKET_DIAG_MCLIST, Bytes(half))})));
}

TEST(ParsePacketLine, ReadsWhatTheKernelWrites) {
  const auto all =
      parse_packet_line("00000000aa0ea47d 3      3    0003   0     1 0      0      4587988");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->kind, PacketKind::packet);
  EXPECT_EQ(all->ethertype, 3);
  EXPECT_EQ(all->promiscuous, std::nullopt);
  EXPECT_EQ(all->key.inode, 4587988U);
  const auto other =
      parse_packet_line("0000000099379708 3      10   88cc   3     1 0      65534  4294967295 ");
  EXPECT_EQ(other.value().ethertype, 0x88cc);
  EXPECT_NE(other->key.cookie, all->key.cookie);
}

TEST(ParsePacketLine, RefusesWhatIsNoRow) {
  for (const std::string line : {
           "",
           "sk               RefCnt Type Proto  Iface R Rmem   User   Inode",
           "00000000aa0ea47d 3      3    0003   0     1 0      0",            // cut
           "00000000aa0ea47d 3      3    10003   0     1 0      0      458",  // beyond 16 bits
           "00000000aa0ea47d 3      3    0003   0     1 0      0      99999999999",
           "00000000aa0ea47d 3      3    -003   0     1 0      0      458",
       }) {
    EXPECT_FALSE(parse_packet_line(line)) << line;
  }
}

TEST(ParseRawLine, ReadsWhatTheKernelWritesForBothFamilies) {
  const auto v4 = parse_raw_line(
      "  62: 00000000:00FF 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 "
      "4588002 2 000000005006a403 0");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->kind, PacketKind::raw);
  EXPECT_EQ(v4->ethertype, std::nullopt);
  EXPECT_EQ(v4->promiscuous, false);
  EXPECT_EQ(v4->key.inode, 4588002U);
  const auto v6 = parse_raw_line(
      "   13: 00000000000000000000000000000000:003A 00000000000000000000000000000000:0000 07 "
      "00000000:00000000 00:00000000 00000000     0        0 4587999 2 000000004561ec2c 0");
  EXPECT_EQ(v6.value().key.inode, 4587999U);
}

TEST(ParseRawLine, RefusesWhatIsNoRow) {
  for (const std::string line : {
           "",
           "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
           "timeout inode ref pointer drops",
           "  62: 00000000:00FF 00000000:0000 07 00000000:00000000 00:00000000 00000000     0  0",
           "  62 00000000:00FF 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 5 2 0 0",
           "62: a b 07 c d e 0 0 4294967296 2 f 0",
           "62: a b 07 c d e 0 0 x 2 f 0",
       }) {
    EXPECT_FALSE(parse_raw_line(line)) << line;
  }
}

}  // namespace
}  // namespace sockwatch::test
