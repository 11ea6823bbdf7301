// What a handler is asked and what it answers: plain data, without any socket or header line.
// Threads: a handler is called on the thread in Server::run() and must not block.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sockwatch::http {

struct Request {
  std::string_view path;  // the target without query string, undecoded
  bool accepts_gzip = false;
};

struct Response {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::shared_ptr<const std::string> body;  // shared by all connections that send it; null is empty
  bool gzip = false;                        // the body is gzip; sets Content-Encoding and Vary
  // Bodies of one version are one report rendered; versions grow. At most two older versions are
  // kept alive by slow readers, the connections that hold the oldest are closed. 0: a constant
  // body.
  std::uint64_t version = 0;
};

using Handler = std::function<Response(const Request&)>;

}  // namespace sockwatch::http
