#include "bench/bare_walk.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "support/checked.h"
#include "support/owned_fd.h"

namespace sockwatch::test {
namespace {

struct Request {
  nlmsghdr header{};
  inet_diag_req body{};
};

}  // namespace

void bare_walk() {
  const OwnedFd socket(
      checked(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG), "netlink socket"));
  Request request;
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = TCPDIAG_GETSOCK;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.idiag_states = 0x3ffe;
  checked(::send(socket.get(), &request, sizeof(request), 0), "netlink request");

  static std::array<char, 32 * 1024> buffer;
  nlmsghdr first{};
  // The kernel puts NLMSG_DONE into a datagram of its own when any socket was dumped.
  while (first.nlmsg_type != NLMSG_DONE) {
    checked(::recv(socket.get(), buffer.data(), buffer.size(), 0), "netlink reply");
    std::memcpy(&first, buffer.data(), sizeof(first));
  }
}

}  // namespace sockwatch::test
