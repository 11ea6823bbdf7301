#include "e2e/stable_metrics.h"

#include <array>
#include <sstream>
#include <string_view>

namespace sockwatch::test {
namespace {

/// The metric that a line is of: "# TYPE name gauge", "name{labels} 1".
std::string_view metric_of(std::string_view line) {
  for (const std::string_view comment : {"# HELP ", "# TYPE "}) {
    if (line.starts_with(comment)) line.remove_prefix(comment.size());
  }
  return line.substr(0, line.find_first_of("{ "));
}

bool is_stable(std::string_view metric) {
  static constexpr std::array<std::string_view, 12> kOwn = {
      "process_",          "sockwatch_build_info", "sockwatch_config_",  "sockwatch_dump_",
      "sockwatch_http_",   "sockwatch_last_",      "sockwatch_log_",     "sockwatch_process_read_",
      "sockwatch_sample_", "sockwatch_sandbox_",   "sockwatch_samples_", "sockwatch_state_"};
  for (const std::string_view own : kOwn) {
    if (metric.starts_with(own)) return false;
  }
  return metric.find("_timestamp_") == std::string_view::npos;
}

}  // namespace

std::string stable_metrics(const std::string& metrics) {
  std::istringstream lines(metrics);
  std::string stable;
  for (std::string line; std::getline(lines, line);) {
    if (is_stable(metric_of(line))) stable += line + "\n";
  }
  return stable;
}

}  // namespace sockwatch::test
