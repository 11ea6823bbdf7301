#include "app/udp_ages.h"

namespace sockwatch {

std::chrono::nanoseconds UdpAges::age(std::uint64_t cookie, MonotonicTime now) {
  Seen& seen = by_cookie_.try_emplace(cookie, Seen{now, dump_, dump_}).first->second;
  seen.last_dump = dump_;
  return now - seen.first;
}

bool UdpAges::was_in_first_dump(std::uint64_t cookie) const {
  const auto seen = by_cookie_.find(cookie);
  return seen != by_cookie_.end() && seen->second.first_dump == first_dump_;
}

void UdpAges::end_dump() {
  erase_if(by_cookie_, [this](const auto& entry) { return dump_ - entry.second.last_dump >= 2; });
  ++dump_;
}

}  // namespace sockwatch
