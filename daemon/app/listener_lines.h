// A listener event as one log line. Pure.
#pragma once

#include <string>

#include "snapshot/listeners.h"

namespace sockwatch {

/// "listener appeared: tcp 0.0.0.0:80 exposure=wildcard process=nginx unit=nginx.service"
std::string line_of(const ListenerEvent& event);

}  // namespace sockwatch
