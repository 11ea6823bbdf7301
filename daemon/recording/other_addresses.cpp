#include "recording/other_addresses.h"

#include <algorithm>

namespace sockwatch::recording {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::uint32_t kBenchmarks = 0xc6120000;  // 198.18.0.0
constexpr std::uint32_t kBenchmarksSize = 1U << 17;
constexpr std::uint32_t kReserved = 0xf0000000;  // 240.0.0.0, for more than that

bool is_for_all(const Address& address) {
  static constexpr Address kUnspecified{};
  static constexpr Address kLoopback = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (!is_mapped(address)) {
    return address == kUnspecified || address == kLoopback || address[0] == 0xff;
  }
  const std::array<std::uint8_t, 4> ipv4 = {address[12], address[13], address[14], address[15]};
  static constexpr std::array<std::uint8_t, 4> kAny = {0, 0, 0, 0};
  static constexpr std::array<std::uint8_t, 4> kBroadcast = {255, 255, 255, 255};
  const bool multicast = (ipv4[0] & 0xf0) == 0xe0;
  return ipv4 == kAny || ipv4 == kBroadcast || ipv4[0] == 127 || multicast;
}

void put(std::uint32_t number, std::uint8_t* four) {
  for (int i = 3; i >= 0; --i, number >>= 8) four[i] = static_cast<std::uint8_t>(number & 0xff);
}

}  // namespace

Address mapped(const std::array<std::uint8_t, 4>& ipv4) {
  Address address{};
  std::ranges::copy(kMappedPrefix, address.begin());
  std::ranges::copy(ipv4, address.begin() + kMappedPrefix.size());
  return address;
}

bool is_mapped(const Address& address) {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.begin());
}

Address OtherAddresses::of(const Address& address) {
  if (is_for_all(address) || kept_.contains(address)) return address;
  const auto [place, added] = others_.try_emplace(address);
  if (!added) return place->second;
  do {
    place->second = next(is_mapped(address));
  } while (kept_.contains(place->second));
  return place->second;
}

Address OtherAddresses::next(bool ipv4) {
  Address address = {0x20, 0x01, 0x0d, 0xb8};
  if (ipv4) {
    const std::uint32_t number = ++last_ipv4_;
    address = mapped({});
    put((number < kBenchmarksSize ? kBenchmarks : kReserved) + number, &address[12]);
  } else {
    put(++last_ipv6_, &address[12]);
  }
  return address;
}

}  // namespace sockwatch::recording
