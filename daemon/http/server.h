// The HTTP server: one thread, bounded memory, never locked out by idle or slow clients.
// It knows nothing of sockets or metrics; a handler answers each well-formed GET or HEAD.
// Threads: bind(), urls() and stop() from any thread; run() occupies its caller until stop().
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "http/handler.h"
#include "http/listen_address.h"
#include "http/observer.h"
#include "support/result.h"

namespace sockwatch::http {

struct Limits {
  std::size_t connections = 512;  // lowered to RLIMIT_NOFILE - 24, but never below 8
  std::chrono::milliseconds header_deadline{10'000};  // from the first byte or accept, absolute
  std::chrono::milliseconds write_deadline{30'000};   // for one whole response, absolute
  std::chrono::milliseconds idle_deadline{120'000};   // between requests of a kept connection
};

class Server {
 public:
  /// Binds and listens on every address, or says which one failed, why and what to do about it.
  static Result<std::unique_ptr<Server>> bind(const std::vector<ListenAddress>& addresses,
                                              Handler handler, Observer observer = {},
                                              const Limits& limits = {});
  virtual ~Server() = default;

  /// Serves until stop(); returns at once when stop() came first. To be called once.
  virtual void run() = 0;
  /// Makes run() return without waiting for any client; replies under way are cut off.
  virtual void stop() = 0;
  /// The bound addresses as "http://127.0.0.1:10098/", with the real port where 0 was asked for.
  virtual std::vector<std::string> urls() const = 0;
};

}  // namespace sockwatch::http
