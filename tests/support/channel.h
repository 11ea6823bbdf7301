// Messages and descriptors between a test and a process that it made, over an AF_UNIX socket pair:
// it adds no TCP or UDP socket to what is being counted.
// Threads: one at a time for receive(); the rest from any thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "support/eventually.h"
#include "support/owned_fd.h"
#include "support/sockets.h"

namespace sockwatch::test {

/// Sent as its bytes, so it stays trivially copyable.
struct Message {
  enum class Kind { kStep, kFacts, kWorker, kProgram, kSocket, kError };
  Kind kind = Kind::kStep;
  char text[256] = {};
  SocketFacts facts = {};
  pid_t pid = 0;
};

/// The text is cut to what fits.
Message make_message(Message::Kind kind, std::string_view text = "");

struct Received {
  Message message;
  OwnedFd descriptor;  // only with kSocket
};

class Channel {
 public:
  Channel() = default;
  /// Two ends that talk to each other.
  static std::pair<Channel, Channel> make();

  /// Throws std::runtime_error when the other end is gone.
  void send(const Message& message, int descriptor = -1) const;
  /// Empty when the other end is gone. Throws std::runtime_error, with `what` it was to be, after
  /// `patience`; a negative one never ends.
  std::optional<Received> receive(const std::string& what,
                                  std::chrono::milliseconds patience = kPatience) const;
  /// True when the other end is gone; false after `patience`, a negative one never ends.
  bool await_hangup(std::chrono::milliseconds patience = std::chrono::milliseconds(-1)) const;

  void close() { fd_.reset(); }
  int fd() const { return fd_.get(); }

 private:
  explicit Channel(int fd) : fd_(fd) {}

  OwnedFd fd_;
};

}  // namespace sockwatch::test
