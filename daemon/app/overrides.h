// The settings that `sockwatch run` works with: the file's, overridden by the command line's.
#pragma once

#include <vector>

#include "app/command_line.h"
#include "settings/load.h"

namespace sockwatch {

/// Checks as strictly as the file is checked; the errors name the option as their key.
std::vector<SettingsError> apply_overrides(const RunCommand& run, Settings& settings);

/// load_settings() and apply_overrides() with the errors of both.
LoadedSettings load_settings_of(const RunCommand& run);

}  // namespace sockwatch
