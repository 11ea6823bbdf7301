#include "snapshot/listener_limit.h"

#include <algorithm>
#include <tuple>

namespace sockwatch {
namespace {

template <typename Row>
void sort_by_reach(std::vector<Row>& rows) {
  std::ranges::sort(rows, [](const Row& a, const Row& b) {
    return std::tie(a.exposure, a.key.identity.endpoint.port, a.key) <
           std::tie(b.exposure, b.key.identity.endpoint.port, b.key);
  });
}

std::vector<HiddenListeners> hide(std::vector<Listener>& rows, std::size_t limit) {
  if (rows.size() <= limit) return {};
  const std::size_t shown = limit - std::min(limit, kExposureNames.size());
  std::map<std::pair<NamespaceIndex, Exposure>, std::uint64_t> sums;
  for (std::size_t i = shown; i < rows.size(); ++i) {
    sums[{rows[i].key.identity.netns, rows[i].exposure}] += rows[i].sockets;
  }
  rows.resize(shown);
  std::vector<HiddenListeners> hidden;
  hidden.reserve(sums.size());
  for (const auto& [key, sockets] : sums) hidden.push_back({key.first, key.second, sockets});
  return hidden;
}

}  // namespace

LimitedListeners limit_listeners(ListenerSample sample, std::size_t limit) {
  LimitedListeners limited;
  limited.listeners = std::move(sample.listeners);
  limited.groups = std::move(sample.groups);
  const std::size_t all = limited.listeners.size();
  sort_by_reach(limited.listeners);
  sort_by_reach(limited.groups);
  limited.hidden = hide(limited.listeners, limit);
  limited.listeners_omitted = all - limited.listeners.size();
  for (std::size_t i = limit; i < limited.groups.size(); ++i) {
    const bool tcp = limited.groups[i].key.identity.protocol == Protocol::tcp;
    ++(tcp ? limited.tcp_groups_omitted : limited.udp_groups_omitted);
  }
  if (limited.groups.size() > limit) limited.groups.resize(limit);
  return limited;
}

}  // namespace sockwatch
