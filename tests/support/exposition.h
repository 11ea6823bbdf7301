// Metric families asked like a Prometheus query: by name and some of the labels.
#pragma once

#include <prometheus/metric_family.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sockwatch::test {

using Labels = std::map<std::string, std::string>;

struct Series {
  std::string name;
  Labels labels;
  double value = 0;
};

class Exposition {
 public:
  /// Gauges and counters; throws std::runtime_error when a label set comes twice.
  explicit Exposition(const std::vector<prometheus::MetricFamily>& families);

  /// Series of this name that have all of `labels`.
  std::vector<Series> select(const std::string& name, const Labels& labels = {}) const;
  double sum(const std::string& name, const Labels& labels = {}) const;
  /// The one series that matches; nothing when there is none or more than one.
  std::optional<double> value(const std::string& name, const Labels& labels = {}) const;
  /// The label of the one series that matches; "<none>" or "<several>" otherwise.
  std::string label(const std::string& wanted, const std::string& name, const Labels& labels) const;
  std::string text() const;

 private:
  std::vector<Series> series_;
};

/// Series of sockwatch's own in what a scrape got.
std::size_t series_in(const std::string& text);

}  // namespace sockwatch::test
