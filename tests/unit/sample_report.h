// A report made by hand, in which every metric has a series, and the counters beside it.
#pragma once

#include <string>

#include "report/live_counters.h"
#include "report/report.h"

namespace sockwatch::test {

/// Two TCP listeners (one of them served by a name that needs escapes), a UDP one, connections,
/// hidden and folded rows; only TCP and UDP over IPv4 have sockets.
Report sample_report();

void fill(LiveCounters& live);

/// A name with everything that breaks text formats, as the daemon shows it.
std::string hostile_name();

}  // namespace sockwatch::test
