// Collects samples per metric, with the labels that the catalogue gives it, into the families that
// prometheus-cpp serializes. Threads: one.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

#include "metrics/catalogue.h"
#include "report/histogram.h"

namespace sockwatch::metrics {

class Families {
 public:
  Families();

  /// `labels`: the values, as many and in the order in which the catalogue names them.
  void add(Id id, std::vector<std::string> labels, double value);
  void add(Id id, double value) { add(id, {}, value); }
  void add(Id id, std::vector<std::string> labels, const Histogram& histogram);

  /// The families that have a sample, in the order of the catalogue.
  std::vector<prometheus::MetricFamily> take();

 private:
  prometheus::ClientMetric& new_metric(Id id, std::vector<std::string>&& labels);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace sockwatch::metrics
