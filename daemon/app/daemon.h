// `sockwatch run`: wires the parts, waits for signals. Threads: the caller's waits for signals and
// writes the state file, one samples, one serves HTTP.
#pragma once

#include <functional>
#include <string>

#include "settings/load.h"

namespace sockwatch {

/// Loads the settings, with what the command line overrides; called again at each SIGHUP.
using LoadSettings = std::function<LoadedSettings()>;

/// Runs until SIGTERM or SIGINT. Returns the exit status: 0, 1 run-time failure, 2 bad settings.
/// `replay`: the recording that is sampled in place of this machine, "" none.
int run_daemon(const LoadSettings& load, const std::string& replay);

}  // namespace sockwatch
