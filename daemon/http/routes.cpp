#include "http/routes.h"

#include <utility>

#include "http/response_head.h"

namespace sockwatch::http {

Handler make_routes(std::map<std::string, Handler, std::less<>> routes) {
  std::string known = "known paths are";
  for (const auto& [path, handler] : routes) known += " " + path;
  return
      [routes = std::move(routes), not_found = error_response(404, known)](const Request& request) {
        const auto route = routes.find(request.path);
        return route == routes.end() ? not_found : route->second(request);
      };
}

}  // namespace sockwatch::http
