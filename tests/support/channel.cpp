#include "support/channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "support/checked.h"

namespace sockwatch::test {
namespace {

// One message with room for one descriptor beside it.
struct Envelope {
  explicit Envelope(Message& message) : part{&message, sizeof message} {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }

  iovec part;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
};

}  // namespace

Message make_message(Message::Kind kind, std::string_view text) {
  Message message;
  message.kind = kind;
  text.copy(message.text, sizeof message.text - 1);
  return message;
}

std::pair<Channel, Channel> Channel::make() {
  std::array<int, 2> ends{};
  checked(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  return {Channel(ends[0]), Channel(ends[1])};
}

void Channel::send(const Message& message, int descriptor) const {
  Message copy = message;
  Envelope envelope(copy);
  if (descriptor >= 0) {
    cmsghdr* control = CMSG_FIRSTHDR(&envelope.header);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(control), &descriptor, sizeof descriptor);
  } else {
    envelope.header.msg_controllen = 0;
  }
  checked(::sendmsg(fd_.get(), &envelope.header, MSG_NOSIGNAL), "send to the other process");
}

std::optional<Received> Channel::receive(const std::string& what,
                                         std::chrono::milliseconds patience) const {
  pollfd readable{fd_.get(), POLLIN, 0};
  if (checked(::poll(&readable, 1, static_cast<int>(patience.count())), "poll") == 0) {
    throw std::runtime_error("still no " + what);
  }
  Received received;
  Envelope envelope(received.message);
  const ssize_t size = ::recvmsg(fd_.get(), &envelope.header, MSG_CMSG_CLOEXEC);
  if (size <= 0) return std::nullopt;  // a killed process can leave a reset behind
  if (const cmsghdr* control = CMSG_FIRSTHDR(&envelope.header); control != nullptr) {
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(control), sizeof descriptor);
    received.descriptor.reset(descriptor);
  }
  return received;
}

bool Channel::await_hangup(std::chrono::milliseconds patience) const {
  pollfd hangup{fd_.get(), 0, 0};
  int ready = 0;
  do {
    ready = ::poll(&hangup, 1, static_cast<int>(patience.count()));
  } while (ready < 0);
  return ready > 0;
}

}  // namespace sockwatch::test
