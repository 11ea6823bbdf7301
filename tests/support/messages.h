// The kernel's netlink messages as bytes, and addresses from their text: what a decoder gets from a
// test. All of it is sound; tests cut and bend it themselves. Any thread.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sockets/address.h"
#include "support/bytes.h"

namespace sockwatch::test {

using Buffer = std::vector<std::byte>;

Buffer joined(const std::vector<Buffer>& parts);

/// From text; ::ffff:1.2.3.4 comes out unmapped. Throws std::runtime_error on anything else.
Address ip(const std::string& text);
Endpoint at(const std::string& text, std::uint16_t port);

/// One struct nlattr, padded to the next one.
Buffer attribute(std::uint16_t type, Bytes value);
template <typename T>
Buffer attribute(std::uint16_t type, const T& value) {
  return attribute(type, bytes_of(value));
}
Buffer text_attribute(std::uint16_t type, const std::string& text);  // with its NUL

/// A row of a socket dump: inet_diag_msg and the attributes that the kernel sends with it. The
/// socket's family is that of the text of `local`; ::ffff:1.2.3.4 is AF_INET6.
struct DiagSocket {
  std::string local = "127.0.0.1";
  std::uint16_t port = 0;
  std::string remote = {};  // "": unspecified
  std::uint16_t remote_port = 0;
  std::uint8_t state = 1;  // the kernel's number
  std::uint8_t timer = 0;
  std::uint32_t interface = 0;
  std::uint64_t cookie = 1;
  std::uint32_t inode = 0;
  std::uint32_t receive_queue = 0;
  std::uint32_t send_queue = 0;
  std::uint32_t uid = 0;
  std::optional<std::uint64_t> cgroup_id = {};
  std::optional<bool> v6only = {};
  std::optional<std::uint32_t> drops = {};
  bool auto_port = false;  // the kernel chose the port; in no message, FakeKernel filters by it
};
int family_of(const DiagSocket& socket);
Buffer diag_message(const DiagSocket& socket);

/// unix_diag_msg and the attribute that the kernel always sends with it.
struct UnixMessage {
  std::uint8_t type = 1;   // SOCK_STREAM
  std::uint8_t state = 1;  // the kernel's number
  std::uint64_t cookie = 1;
  std::uint32_t inode = 1;
};
Buffer unix_message(const UnixMessage& socket);

/// packet_diag_msg with its memberships, as with PACKET_SHOW_MCLIST.
struct PacketMessage {
  std::uint16_t ethertype = 3;  // ETH_P_ALL
  std::uint64_t cookie = 1;
  std::uint32_t inode = 1;
  std::vector<std::uint16_t> memberships = {};  // PACKET_MR_*
};
Buffer packet_message(const PacketMessage& socket);

/// RTM_NEWLINK and RTM_NEWADDR.
struct LinkMessage {
  int index = 1;
  std::string name = "lo";
  bool up = true;
  bool loopback = false;
  std::uint32_t master = 0;
};
Buffer link_message(const LinkMessage& link);

struct AddressMessage {
  std::uint32_t interface = 1;
  std::string address = "127.0.0.1";
  std::string peer = {};       // the far end of a tunnel, "" none
  std::string broadcast = {};  // "" none
};
Buffer address_message(const AddressMessage& address);

/// Who a reply is for.
struct Recipient {
  std::uint32_t sequence = 0;
  std::uint32_t port = 0;
};
/// A whole message with its header, padded to the next one.
Buffer reply(Recipient to, std::uint16_t type, const Buffer& payload);
Buffer done(Recipient to, int error_code = 0);  // NLMSG_DONE, with 0 or an errno
Buffer error(Recipient to, int error_code);     // NLMSG_ERROR

}  // namespace sockwatch::test
