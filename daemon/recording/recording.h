// One look at a machine, kept: each question that sampling asked and each answer that it got. Plain
// data; where the same thing was asked several times, its answers stand in their order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kernel/directory.h"
#include "support/clock.h"

namespace sockwatch::recording {

struct Header {
  std::string sockwatch;  // the version that recorded
  std::string kernel;     // release and
  std::string machine;    // architecture, as uname(2) tells them
  WallTime time;          // since 1970, whole microseconds
  bool anonymised = false;
};

/// The call that ended a conversation by failing.
enum class FailedCall : std::uint8_t { none, open, send, receive };

/// A netlink request and what came back. One without a request is the opening of a channel.
struct Conversation {
  int protocol = 0;  // NETLINK_*
  // In requests and replies, sequence numbers and port ids are differences from the request's own.
  std::vector<std::byte> request;
  std::vector<std::vector<std::byte>> replies;  // datagrams of the kernel
  FailedCall failed = FailedCall::none;
  int error = 0;  // errno of the failed call
};

enum class Question : std::uint8_t { open, text, lines, link, entries, stamp };

struct ListedEntry {
  std::string name;
  std::uint64_t inode = 0;
  bool is_directory = false;
};

/// What one call of a kernel::Directory gave. Only the field of its question is filled; lines and
/// entries that came before an error are kept beside it.
struct Answer {
  std::string path;  // absolute, see below()
  Question question = Question::open;
  int error = 0;     // errno, 0 success
  std::string text;  // of text, lines (each with its newline) and link
  std::vector<ListedEntry> entries;
  kernel::FileStamp stamp;
};

struct Recording {
  Header header;
  std::vector<Conversation> conversations;
  std::vector<Answer> answers;
};

}  // namespace sockwatch::recording
