#include "app/udp_ages.h"

namespace sockwatch {

std::chrono::nanoseconds UdpAges::age(std::uint64_t cookie, MonotonicTime now) {
  Seen& seen = by_cookie_.try_emplace(cookie, Seen{now, dump_}).first->second;
  seen.last_dump = dump_;
  return now - seen.first;
}

void UdpAges::end_dump() {
  erase_if(by_cookie_, [this](const auto& entry) { return dump_ - entry.second.last_dump >= 2; });
  ++dump_;
}

}  // namespace sockwatch
