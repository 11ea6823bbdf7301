#include "http/connection_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace sockwatch::http {
namespace {

constexpr std::size_t kReservedDescriptors = 24;
constexpr std::size_t kFewestConnections = 8;

}  // namespace

std::size_t connection_limit(std::size_t configured) {
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return configured;
  const std::size_t all = std::max<std::size_t>(descriptors.rlim_cur, kReservedDescriptors);
  return std::max(kFewestConnections, std::min(configured, all - kReservedDescriptors));
}

}  // namespace sockwatch::http
