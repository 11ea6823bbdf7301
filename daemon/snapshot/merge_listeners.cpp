#include "snapshot/merge_listeners.h"

#include <algorithm>
#include <tuple>

namespace sockwatch {
namespace {

auto labels(const Listener& row) {
  return std::tie(row.key, row.exposure, row.dual_stack, row.user);
}

auto labels(const ListenerGroup& group) {
  return std::tie(group.key);
}

void add(Listener& sum, const Listener& row) {
  sum.sockets += row.sockets;
}

void add(ListenerGroup& sum, const ListenerGroup& group) {
  sum.exposure = std::min(sum.exposure, group.exposure);
  sum.first_seen = std::min(sum.first_seen, group.first_seen);
  sum.accept_queue += group.accept_queue;
  if (!group.accept_queue_limit) sum.accept_queue_limit.reset();
  if (sum.accept_queue_limit) *sum.accept_queue_limit += *group.accept_queue_limit;
  if (group.drops_total) {
    sum.drops_total = sum.drops_total.value_or(0) + *group.drops_total;
  }
}

template <typename Row>
void append(std::vector<Row>& all, std::vector<Row>&& rows, NamespaceIndex netns) {
  for (Row& row : rows) {
    row.key.identity.netns = netns;
    all.push_back(std::move(row));
  }
}

/// Sorted, and equal ones summed.
template <typename Row>
void join_equal(std::vector<Row>& rows) {
  std::ranges::sort(rows, [](const Row& a, const Row& b) { return labels(a) < labels(b); });
  std::vector<Row> joined;
  for (Row& row : rows) {
    if (!joined.empty() && labels(joined.back()) == labels(row)) {
      add(joined.back(), row);
    } else {
      joined.push_back(std::move(row));
    }
  }
  rows = std::move(joined);
}

}  // namespace

ListenerSample merged(std::vector<ListenerSample>&& samples,
                      const std::vector<NamespaceIndex>& indices,
                      const std::vector<std::string>& names) {
  ListenerSample all;
  all.namespaces = names;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    append(all.listeners, std::move(samples[i].listeners), indices[i]);
    append(all.groups, std::move(samples[i].groups), indices[i]);
  }
  join_equal(all.listeners);
  join_equal(all.groups);
  return all;
}

}  // namespace sockwatch
