// The requests and replies of one connection, in order, as pure data: bytes go in, bytes come out.
// It reads and writes no socket and knows no time.
// Threads: the one in Server::run().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/handler.h"
#include "http/observer.h"
#include "http/request_head.h"

namespace sockwatch::http {

class Conversation {
 public:
  /// Both references outlive the conversation.
  Conversation(const Handler& handler, const Observer& observer)
      : handler_(handler), observer_(observer) {}

  /// How many bytes receive() takes; not 0 unless a whole request waits for next().
  std::size_t room() const { return kMaxHeadBytes - received_.size(); }
  void receive(std::string_view bytes) { received_ += bytes; }

  /// Begins the reply to the next request if a whole one is there; only when !replying().
  bool next();

  bool replying() const { return !head_.empty(); }
  /// What remains to be sent of the head and the body; valid until sent().
  std::array<std::string_view, 2> unsent() const;
  /// Frees the reply with its last byte.
  void sent(std::size_t bytes);

  /// No byte of a next request is there.
  bool idle() const { return received_.empty(); }
  /// The last reply was the final one.
  bool over() const { return final_ && !replying(); }
  /// Of the body being sent; 0 when there is none.
  std::uint64_t version() const { return body_ ? version_ : 0; }

 private:
  bool answer();
  void refuse(const Refusal& refusal);
  void begin(Response response, Method method, Persistence persistence);

  const Handler& handler_;
  const Observer& observer_;
  std::string received_;  // at most kMaxHeadBytes, none when idle
  std::string head_;      // of the reply under way, else empty
  std::shared_ptr<const std::string> body_;
  std::uint64_t version_ = 0;
  std::size_t sent_ = 0;  // of head and body together
  bool final_ = false;
};

}  // namespace sockwatch::http
