// What the server reports about itself; the owner turns it into metrics.
// Threads: both are called on the thread in Server::run() and must not block.
#pragma once

#include <functional>

namespace sockwatch::http {

struct Observer {
  /// Once per reply, as it begins, with its status code.
  std::function<void(unsigned status)> on_response = [](unsigned) {};
  /// Once per connection that was closed to make room for another.
  std::function<void()> on_eviction = [] {};
};

}  // namespace sockwatch::http
