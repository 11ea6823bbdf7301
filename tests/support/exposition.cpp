#include "support/exposition.h"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace sockwatch::test {
namespace {

bool matches(const Series& series, const std::string& name, const Labels& labels) {
  return series.name == name && std::ranges::all_of(labels, [&](const auto& label) {
           const auto found = series.labels.find(label.first);
           return found != series.labels.end() && found->second == label.second;
         });
}

std::string to_text(const Series& series) {
  std::string text = series.name + "{";
  for (const auto& [name, value] : series.labels) text += name + "=\"" + value + "\",";
  return text + "} " + std::to_string(series.value) + "\n";
}

}  // namespace

Exposition::Exposition(const std::vector<prometheus::MetricFamily>& families) {
  std::set<std::pair<std::string, Labels>> seen;
  for (const auto& family : families) {
    for (const auto& metric : family.metric) {
      Series series{family.name, {}, 0};
      for (const auto& label : metric.label) series.labels[label.name] = label.value;
      const bool counter = family.type == prometheus::MetricType::Counter;
      series.value = counter ? metric.counter.value : metric.gauge.value;
      if (!seen.insert({series.name, series.labels}).second) {
        throw std::runtime_error("label set comes twice: " + to_text(series));
      }
      series_.push_back(std::move(series));
    }
  }
}

std::vector<Series> Exposition::select(const std::string& name, const Labels& labels) const {
  std::vector<Series> found;
  std::ranges::copy_if(series_, std::back_inserter(found),
                       [&](const Series& series) { return matches(series, name, labels); });
  return found;
}

double Exposition::sum(const std::string& name, const Labels& labels) const {
  double total = 0;
  for (const Series& series : select(name, labels)) total += series.value;
  return total;
}

std::optional<double> Exposition::value(const std::string& name, const Labels& labels) const {
  const auto found = select(name, labels);
  return found.size() == 1 ? std::optional(found[0].value) : std::nullopt;
}

std::string Exposition::label(const std::string& wanted, const std::string& name,
                              const Labels& labels) const {
  const auto found = select(name, labels);
  if (found.empty()) return "<none>";
  if (found.size() > 1) return "<several>";
  return found[0].labels.at(wanted);
}

std::string Exposition::text() const {
  std::string text;
  for (const Series& series : series_) text += to_text(series);
  return text;
}

std::size_t series_in(const std::string& text) {
  const std::string begin = "\nsockwatch_";
  std::size_t series = 0;
  for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1)) {
    ++series;
  }
  return series;
}

}  // namespace sockwatch::test
