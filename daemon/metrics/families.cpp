#include "metrics/families.h"

#include <cassert>
#include <limits>

namespace sockwatch::metrics {
namespace {

prometheus::MetricType type_of(Type type) {
  switch (type) {
    case Type::gauge:
      return prometheus::MetricType::Gauge;
    case Type::counter:
      return prometheus::MetricType::Counter;
    case Type::histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

}  // namespace

Families::Families() {
  for (const Info& info : catalogue()) {
    families_.push_back({std::string(info.name), std::string(info.help), type_of(info.type), {}});
  }
}

prometheus::ClientMetric& Families::new_metric(Id id, std::vector<std::string>&& labels) {
  auto& metric = families_[static_cast<std::size_t>(id)].metric.emplace_back();
  std::string_view names = info(id).labels;
  for (std::string& value : labels) {
    const std::string_view name = names.substr(0, names.find(','));
    assert(!name.empty());
    names.remove_prefix(std::min(name.size() + 1, names.size()));
    metric.label.push_back({std::string(name), std::move(value)});
  }
  assert(names.empty());
  return metric;
}

void Families::add(Id id, std::vector<std::string> labels, double value) {
  prometheus::ClientMetric& metric = new_metric(id, std::move(labels));
  if (info(id).type == Type::counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
}

void Families::add(Id id, std::vector<std::string> labels, const Histogram& histogram) {
  auto& out = new_metric(id, std::move(labels)).histogram;
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    out.sample_count += histogram.counts[i];
    const bool last = i == Histogram::kBounds.size();
    out.bucket.push_back(
        {out.sample_count, last ? std::numeric_limits<double>::infinity() : Histogram::kBounds[i]});
  }
  out.sample_sum = histogram.sum;
}

std::vector<prometheus::MetricFamily> Families::take() {
  std::erase_if(families_, [](const auto& family) { return family.metric.empty(); });
  return std::move(families_);
}

}  // namespace sockwatch::metrics
