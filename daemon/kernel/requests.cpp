#include "kernel/requests.h"

#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/packet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include <array>
#include <cstring>

namespace sockwatch::kernel {
namespace {

class Builder {
 public:
  explicit Builder(std::uint16_t type) : header_(mnl_nlmsg_put_header(buffer_.data())) {
    header_->nlmsg_type = type;
    header_->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  }

  template <typename T>
  T& body() {
    return *static_cast<T*>(mnl_nlmsg_put_extra_header(header_, sizeof(T)));
  }

  template <typename T>
  void attribute(std::uint16_t type, const T& value) {
    mnl_attr_put(header_, type, sizeof(value), &value);
  }

  Request bytes() const {
    Request request(header_->nlmsg_len);
    std::memcpy(request.data(), buffer_.data(), request.size());
    return request;
  }

 private:
  alignas(NLMSG_ALIGNTO) std::array<char, 256> buffer_{};
  nlmsghdr* header_;
};

// "Not AUTO" as inet_diag bytecode: an AUTO socket jumps past the end, which rejects it; any other
// goes on to the jump that ends exactly at the end, which accepts it.
constexpr std::array<inet_diag_bc_op, 2> kChosenByProgram = {
    inet_diag_bc_op{INET_DIAG_BC_AUTO, 4, 8}, inet_diag_bc_op{INET_DIAG_BC_JMP, 4, 8}};

}  // namespace

Request tcp_walk(std::uint32_t states, Extension extension) {
  Builder builder(TCPDIAG_GETSOCK);
  auto& body = builder.body<inet_diag_req>();
  body.idiag_states = states;
  body.idiag_ext = static_cast<std::uint8_t>(extension);
  return builder.bytes();
}

Request family_dump(int family, int protocol, std::uint32_t states, Extension extension,
                    PortChoice choice) {
  Builder builder(SOCK_DIAG_BY_FAMILY);
  auto& body = builder.body<inet_diag_req_v2>();
  body.sdiag_family = static_cast<std::uint8_t>(family);
  body.sdiag_protocol = static_cast<std::uint8_t>(protocol);
  body.idiag_states = states;
  body.idiag_ext = static_cast<std::uint8_t>(extension);
  if (choice == PortChoice::by_program) {
    builder.attribute(INET_DIAG_REQ_BYTECODE, kChosenByProgram);
  }
  return builder.bytes();
}

Request unix_dump() {
  Builder builder(SOCK_DIAG_BY_FAMILY);
  auto& body = builder.body<unix_diag_req>();
  body.sdiag_family = AF_UNIX;
  body.udiag_states = ~0U;
  return builder.bytes();
}

Request packet_dump() {
  Builder builder(SOCK_DIAG_BY_FAMILY);
  auto& body = builder.body<packet_diag_req>();
  body.sdiag_family = AF_PACKET;
  body.pdiag_show = PACKET_SHOW_MCLIST;
  return builder.bytes();
}

Request link_dump() {
  Builder builder(RTM_GETLINK);
  builder.body<ifinfomsg>().ifi_family = AF_UNSPEC;
  builder.attribute(IFLA_EXT_MASK, std::uint32_t{RTEXT_FILTER_SKIP_STATS});
  return builder.bytes();
}

Request address_dump() {
  Builder builder(RTM_GETADDR);
  builder.body<ifaddrmsg>().ifa_family = AF_UNSPEC;
  return builder.bytes();
}

}  // namespace sockwatch::kernel
