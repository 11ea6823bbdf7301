// The daemon's log: one line per message on standard error, as text or JSON. A line that repeats is
// left out after the fifth time within a minute, and a log that nobody reads never blocks its
// writer: both are counted. Threads: any.
#pragma once

#include <memory>
#include <string_view>

#include "report/live_counters.h"
#include "settings/settings.h"

namespace sockwatch {

class Log {
 public:
  /// Writes to `descriptor`, which stays the caller's; drops are counted in `counters.log_dropped`.
  Log(const LogSettings& settings, LiveCounters& counters, int descriptor = 2);
  ~Log();

  void configure(const LogSettings& settings);

  void debug(std::string_view message);
  void info(std::string_view message);
  void warning(std::string_view message);
  void error(std::string_view message);

 private:
  struct Logger;
  std::unique_ptr<Logger> logger_;
};

}  // namespace sockwatch
