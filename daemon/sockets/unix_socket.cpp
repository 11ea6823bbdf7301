#include "sockets/unix_socket.h"

#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#include "sockets/socket_key.h"
#include "support/attributes.h"
#include "support/fields.h"

namespace sockwatch {
namespace {

std::optional<UnixType> type_of(std::uint32_t kernel_type) {
  switch (kernel_type) {
    case SOCK_STREAM:
      return UnixType::stream;
    case SOCK_DGRAM:
      return UnixType::dgram;
    case SOCK_SEQPACKET:
      return UnixType::seqpacket;
    default:
      return std::nullopt;
  }
}

/// AF_UNIX borrows TCP's numbers.
std::optional<UnixState> diag_state(std::uint8_t kernel_state) {
  switch (kernel_state) {
    case 1:
      return UnixState::established;
    case 7:
      return UnixState::unconnected;
    case 10:
      return UnixState::listen;
    default:
      return std::nullopt;
  }
}

std::optional<UnixState> line_state(std::uint32_t flags, std::uint8_t state) {
  if ((flags & __SO_ACCEPTCON) != 0) return UnixState::listen;
  switch (state) {
    case SS_UNCONNECTED:
    case SS_DISCONNECTING:
      return UnixState::unconnected;
    case SS_CONNECTED:
    case SS_CONNECTING:
      return UnixState::established;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<UnixSocket> decode_unix_socket(Bytes payload) {
  const auto message = read_at<unix_diag_msg>(payload, 0);
  if (!message || message->udiag_family != AF_UNIX) return std::nullopt;
  const auto type = type_of(message->udiag_type);
  const auto state = diag_state(message->udiag_state);
  const bool sound = for_each_attribute(payload.subspan(NLMSG_ALIGN(sizeof(unix_diag_msg))),
                                        [](const Attribute&) {});
  if (!type || !state || !sound) return std::nullopt;
  return UnixSocket{*type, *state, diag_key(message->udiag_cookie, message->udiag_ino)};
}

std::optional<UnixLine> parse_unix_line(std::string_view line) {
  Fields fields(line);
  if (!fields.next().ends_with(':')) return std::nullopt;
  fields.skip(2);  // references, protocol
  const auto flags = number<std::uint32_t>(fields.next(), 16);
  const auto kernel_type = number<std::uint32_t>(fields.next(), 16);
  const auto kernel_state = number<std::uint8_t>(fields.next(), 16);
  const auto inode = number<std::uint32_t>(fields.next());
  if (!flags || !kernel_type || !kernel_state || !inode) return std::nullopt;
  const auto type = type_of(*kernel_type);
  const auto state = line_state(*flags, *kernel_state);
  if (!type || !state) return std::nullopt;
  return UnixLine{{*type, *state, key_without_cookie(*inode)}, !fields.rest().empty()};
}

}  // namespace sockwatch
