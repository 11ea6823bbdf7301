#include "report/report.h"

#include <algorithm>

namespace sockwatch {

bool is_fresh(const Report& report, MonotonicTime now) {
  return std::ranges::all_of(report.sampler.cadences, [now](const CadenceFigures& cadence) {
    return cadence.last_sample && now - cadence.last_sample->monotonic <= 3 * cadence.interval;
  });
}

}  // namespace sockwatch
