#include "snapshot/listener_limit.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace sockwatch {
namespace {

template <typename Row>
void sort_by_reach(std::vector<Row>& rows) {
  std::ranges::sort(rows, [](const Row& a, const Row& b) {
    const auto order = [](const Row& row) {
      const ListenerIdentity& identity = row.key.identity;
      return std::tuple(row.exposure, folded(identity.netns), identity.endpoint.port);
    };
    const auto order_a = order(a);
    const auto order_b = order(b);
    return std::tie(order_a, a.key) < std::tie(order_b, b.key);
  });
}

/// Rows that stand for the hidden ones, at most.
std::size_t hidden_rows(const std::vector<Listener>& rows) {
  const bool others = std::ranges::any_of(
      rows, [](const Listener& row) { return row.key.identity.netns != kOwnNamespace; });
  return kExposureNames.size() * (others ? 2 : 1);
}

std::vector<HiddenListeners> hide(std::vector<Listener>& rows, std::size_t limit) {
  if (rows.size() <= limit) return {};
  const std::size_t shown = limit - std::min(limit, hidden_rows(rows));
  std::map<std::pair<NamespaceIndex, Exposure>, std::uint64_t> sums;
  for (std::size_t i = shown; i < rows.size(); ++i) {
    sums[{folded(rows[i].key.identity.netns), rows[i].exposure}] += rows[i].sockets;
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
  limited.namespaces = std::move(sample.namespaces);
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
