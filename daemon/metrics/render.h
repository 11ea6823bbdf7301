// Report → the Prometheus text format 0.0.4. Pure; any thread.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <vector>

#include "report/live_counters.h"
#include "report/report.h"

namespace sockwatch::metrics {

inline constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

std::vector<prometheus::MetricFamily> to_families(const Report& report, const LiveCounters& live);

std::string to_text(const std::vector<prometheus::MetricFamily>& families);

std::string gzip(std::string_view text);

}  // namespace sockwatch::metrics
