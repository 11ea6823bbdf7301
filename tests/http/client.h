// A blocking HTTP client for tests: it may stall, drip, break the rules and read at its own pace.
// Every wait ends after test::kPatience, so that a broken server fails a test instead of hanging
// it.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "support/eventually.h"
#include "support/unique_fd.h"

namespace sockwatch::http {

struct Reply {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

/// Does a reply carry the body that its Content-Length speaks of?
enum class Body { expected, absent };

class TestClient {
 public:
  /// Connects to "http://address:port/". `receive_buffer`: bytes of SO_RCVBUF, 0 for the default.
  explicit TestClient(const std::string& url, int receive_buffer = 0);

  /// False when the server has closed the connection.
  bool send(std::string_view bytes);
  /// Sends nothing more; the server reads an end.
  void finish_sending();

  /// The next reply; nothing when the server closes before it is whole.
  std::optional<Reply> receive(Body body = Body::expected);
  std::optional<Reply> get(std::string_view path);

  /// At least one more byte; "" when the server has closed.
  std::string receive_some(std::size_t at_most = 65536);
  /// Reads this many bytes; how many there were before the server closed.
  std::size_t skip(std::size_t bytes);
  /// Waits for the end of a connection on which nothing more is sent.
  bool closed_by_server();
  /// The same, but by an end and not by a reset, which could cost the client the last reply.
  bool closed_in_order();
  /// Bytes or the end are there within `patience`.
  bool readable(std::chrono::milliseconds patience);

 private:
  UniqueFd fd_;
  std::string received_;  // not yet asked for
};

/// One GET on a new connection, closed after it.
std::optional<Reply> get(const std::string& url, std::string_view path);

}  // namespace sockwatch::http
