#include "sockets/decode.h"

#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

#include <algorithm>
#include <array>

#include "support/messages.h"

namespace sockwatch::test {
namespace {

constexpr std::uint16_t kCgroupId = 21;
constexpr std::uint16_t kSocketOptions = 22;

/// All attributes that the decoder knows, in the order of the kernel.
DiagSocket full_socket() {
  return {.local = "2001:db8::1",
          .port = 443,
          .remote = "2001:db8::2",
          .remote_port = 50000,
          .state = 10,
          .timer = 2,
          .interface = 7,
          .cookie = 0x1122334455667788,
          .inode = 4000000001,
          .receive_queue = 3,
          .send_queue = 4096,
          .uid = 4294967294,
          .cgroup_id = 0x99aabbccddeeff00,
          .v6only = true,
          .drops = 17};
}

TEST(DecodeSocket, ReadsEveryField) {
  const auto record = decode_socket(diag_message(full_socket()), Protocol::tcp);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->protocol, Protocol::tcp);
  EXPECT_EQ(record->family, Family::ipv6);
  EXPECT_EQ(record->state, State::listen);
  EXPECT_EQ(record->timer, 2);
  EXPECT_EQ(record->local, at("2001:db8::1", 443));
  EXPECT_EQ(record->remote, at("2001:db8::2", 50000));
  EXPECT_EQ(record->interface, 7U);
  EXPECT_EQ(record->key, (SocketKey{0x1122334455667788, 4000000001}));
  EXPECT_EQ(record->receive_queue, 3U);
  EXPECT_EQ(record->send_queue, 4096U);
  EXPECT_EQ(record->uid, 4294967294);
  EXPECT_EQ(record->cgroup_id, 0x99aabbccddeeff00);
  EXPECT_TRUE(record->v6only);
  EXPECT_EQ(record->drops, 17U);
}

TEST(DecodeSocket, WhatIsNotToldIsNotThere) {
  const auto record = decode_socket(diag_message({.port = 80, .state = 6}), Protocol::tcp);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->cgroup_id, 0U);
  EXPECT_FALSE(record->v6only);
  EXPECT_EQ(record->drops, std::nullopt);
  EXPECT_FALSE(has_peer(*record));
}

TEST(DecodeSocket, ZeroDropsAreToldApartFromNone) {
  const auto record = decode_socket(diag_message({.drops = 0}), Protocol::tcp);
  EXPECT_EQ(record.value().drops, 0U);
}

TEST(DecodeSocket, FamilyStaysWhenAddressesAreUnmapped) {
  const DiagSocket socket{.local = "::ffff:127.0.0.1", .port = 80, .remote = "::ffff:10.0.0.1"};
  const auto record = decode_socket(diag_message(socket), Protocol::tcp);
  EXPECT_EQ(record.value().family, Family::ipv6);
  EXPECT_EQ(record.value().local, at("127.0.0.1", 80));
  EXPECT_EQ(record.value().remote, at("10.0.0.1", 0));
  const auto wildcard =
      decode_socket(diag_message({.local = "::ffff:0.0.0.0", .state = 10}), Protocol::tcp);
  EXPECT_EQ(wildcard.value().local.address, ip("0.0.0.0"));
}

/// Of a row with this number in its state field.
std::optional<State> state_of(int number, Protocol protocol) {
  const Buffer message = diag_message({.state = static_cast<std::uint8_t>(number)});
  const auto record = decode_socket(message, protocol);
  return record ? std::optional(record->state) : std::nullopt;
}

TEST(DecodeSocket, KnowsEveryStateOfTcpAndNoOther) {
  static constexpr State kKnown[] = {State::established,    State::syn_sent,   State::syn_recv,
                                     State::fin_wait1,      State::fin_wait2,  State::time_wait,
                                     State::bound_inactive, State::close_wait, State::last_ack,
                                     State::listen,         State::closing,    State::syn_recv,
                                     State::bound_inactive};
  for (int number = 1; number <= 13; ++number) {
    EXPECT_EQ(state_of(number, Protocol::tcp), kKnown[number - 1]) << number;
  }
  EXPECT_EQ(state_of(0, Protocol::tcp), std::nullopt);
  for (int number = 14; number < 256; ++number) {
    EXPECT_EQ(state_of(number, Protocol::tcp), std::nullopt) << number;
  }
}

TEST(DecodeSocket, KnowsTheTwoStatesOfUdpAndNoOther) {
  for (int number = 0; number < 256; ++number) {
    const auto expected = number == 1   ? std::optional(State::connected)
                          : number == 7 ? std::optional(State::unconnected)
                                        : std::nullopt;
    EXPECT_EQ(state_of(number, Protocol::udp), expected) << number;
  }
}

TEST(DecodeSocket, KnowsTwoFamiliesAndNoOther) {
  Buffer message = diag_message({});
  for (int number = 0; number < 256; ++number) {
    message[0] = static_cast<std::byte>(number);
    const bool known = number == AF_INET || number == AF_INET6;
    EXPECT_EQ(decode_socket(message, Protocol::tcp).has_value(), known) << number;
  }
}

/// Sizes at which the message ends between two attributes, or in the padding after one.
bool ends_between_attributes(std::size_t size) {
  static constexpr std::array<std::pair<std::size_t, std::size_t>, 4> kBetween = {
      {{72, 75}, {77, 83}, {85, 91}, {100, 103}}};
  return std::ranges::any_of(
      kBetween, [size](const auto& range) { return size >= range.first && size <= range.second; });
}

TEST(DecodeSocket, CutAnywhereItIsNothingOrWhatIsWhole) {
  const Buffer good = diag_message(full_socket());
  ASSERT_EQ(good.size(), 140U);
  for (std::size_t size = 0; size < good.size(); ++size) {
    const Buffer cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    const auto record = decode_socket(cut, Protocol::tcp);
    ASSERT_EQ(record.has_value(), ends_between_attributes(size)) << size;
    if (!record) continue;
    EXPECT_EQ(record->local, at("2001:db8::1", 443)) << size;
    EXPECT_EQ(record->v6only, size >= 85) << size;
    EXPECT_EQ(record->cgroup_id, size >= 100 ? 0x99aabbccddeeff00 : 0) << size;
    EXPECT_EQ(record->drops, std::nullopt) << size;
  }
}

Buffer with(const std::vector<Buffer>& attributes) {
  Buffer bytes = diag_message({});
  bytes.resize(sizeof(inet_diag_msg));
  std::vector<Buffer> parts = {bytes};
  parts.insert(parts.end(), attributes.begin(), attributes.end());
  return joined(parts);
}

TEST(DecodeSocket, AttributesOfNoUseArePassedOver) {
  const auto record = decode_socket(
      with({attribute(0, std::uint32_t{1}), attribute(INET_DIAG_INFO, std::array<char, 280>{}),
            attribute(kSocketOptions, std::uint16_t{0x52}), attribute(999, Bytes{}),
            attribute(kCgroupId, std::uint64_t{5}), attribute(INET_DIAG_MARK, std::uint32_t{9})}),
      Protocol::tcp);
  EXPECT_EQ(record.value().cgroup_id, 5U);
  EXPECT_EQ(record.value().drops, std::nullopt);
}

TEST(DecodeSocket, OfTwoEqualAttributesTheLastCounts) {
  const auto record = decode_socket(
      with({attribute(kCgroupId, std::uint64_t{5}), attribute(kCgroupId, std::uint64_t{6}),
            attribute(INET_DIAG_SKV6ONLY, std::uint8_t{1}),
            attribute(INET_DIAG_SKV6ONLY, std::uint8_t{0})}),
      Protocol::tcp);
  EXPECT_EQ(record.value().cgroup_id, 6U);
  EXPECT_FALSE(record.value().v6only);
}

TEST(DecodeSocket, AttributesTooShortForTheirValueSayNothing) {
  std::array<std::uint32_t, SK_MEMINFO_DROPS> no_drops{};
  no_drops.fill(0xffffffff);
  const auto record = decode_socket(
      with({attribute(kCgroupId, std::uint32_t{5}), attribute(INET_DIAG_SKV6ONLY, Bytes{}),
            attribute(INET_DIAG_SKMEMINFO, no_drops)}),
      Protocol::tcp);
  EXPECT_EQ(record.value().cgroup_id, 0U);
  EXPECT_FALSE(record.value().v6only);
  EXPECT_EQ(record.value().drops, std::nullopt);
}

TEST(DecodeSocket, AttributesThatLeaveTheirBoundsAreNoRecord) {
  for (const std::uint16_t length : std::initializer_list<std::uint16_t>{0, 1, 2, 3, 13, 0xffff}) {
    Buffer bytes = with({attribute(kCgroupId, std::uint64_t{5})});
    std::memcpy(bytes.data() + sizeof(inet_diag_msg), &length, sizeof(length));
    EXPECT_FALSE(decode_socket(bytes, Protocol::tcp)) << length;
  }
}

}  // namespace
}  // namespace sockwatch::test
