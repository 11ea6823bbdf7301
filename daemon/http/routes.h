// Path → handler, by exact match of the undecoded path.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "http/handler.h"

namespace sockwatch::http {

/// One handler for all of `routes`. Any other path gets 404 and one line that lists the known ones.
Handler make_routes(std::map<std::string, Handler, std::less<>> routes);

}  // namespace sockwatch::http
