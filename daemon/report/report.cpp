#include "report/report.h"

#include <algorithm>

namespace sockwatch {

bool is_fresh(const Report& report, Cadence cadence, MonotonicTime now) {
  const CadenceFigures& figures = report.sampler.cadences[static_cast<std::size_t>(cadence)];
  return figures.last_sample && now - figures.last_sample->monotonic <= 3 * figures.interval;
}

bool is_fresh(const Report& report, MonotonicTime now) {
  return std::ranges::all_of(kCadences,
                             [&](Cadence cadence) { return is_fresh(report, cadence, now); });
}

}  // namespace sockwatch
