// How many rows each limited metric may have, so that all metrics together keep to their limit.
#pragma once

#include <algorithm>
#include <cstddef>

namespace sockwatch {

/// Series that no limit folds: the host's totals and causes, histograms, the daemon's own
/// (docs/metrics.md).
inline constexpr std::size_t kFixedSeries = 200;
/// Four of counts, six of listeners.
inline constexpr std::size_t kLimitedMetrics = 10;
/// Fixed for the host, limited together for the other namespaces: NamespaceLimit.
inline constexpr std::size_t kNamespaceMetrics = 4;

/// `max_series`: per metric. `max_total_series`: of all. `other_namespaces`: there may be some.
constexpr std::size_t row_limit(std::size_t max_series, std::size_t max_total_series,
                                bool other_namespaces) {
  const std::size_t rest = max_total_series - std::min(max_total_series, kFixedSeries);
  return std::min(max_series,
                  rest / (kLimitedMetrics + (other_namespaces ? kNamespaceMetrics : 0)));
}

}  // namespace sockwatch
