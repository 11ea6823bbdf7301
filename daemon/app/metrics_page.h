// The body of /metrics: rendered by the first request for a report, shared by all later ones; plain
// and gzip each when first asked for. Nobody scrapes: nothing is rendered.
// Threads: one, that of the HTTP server.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "http/handler.h"
#include "report/live_counters.h"
#include "report/published.h"
#include "report/report.h"

namespace sockwatch {

class MetricsPage {
 public:
  MetricsPage(const Published<Report>& reports, const LiveCounters& live)
      : reports_(reports), live_(live) {}

  /// 503 before the first report. Counts or listeners that are too old at `now`, because the
  /// sampler hangs, are left out.
  http::Response get(const http::Request& request, MonotonicTime now);

 private:
  const Published<Report>& reports_;
  const LiveCounters& live_;
  // The report in `plain_`, and what of it was fresh.
  struct Rendered {
    std::uint64_t number = 0;
    bool sockets = false;
    bool listeners = false;

    bool operator==(const Rendered&) const = default;
  };
  Rendered rendered_;
  std::shared_ptr<const std::string> plain_;
  std::shared_ptr<const std::string> gzip_;
};

}  // namespace sockwatch
