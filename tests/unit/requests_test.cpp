#include "kernel/requests.h"

#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/packet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "support/attributes.h"

namespace sockwatch::test {
namespace {

using kernel::Extension;
using kernel::PortChoice;
using kernel::Request;

nlmsghdr header_of(const Request& request) {
  return read_at<nlmsghdr>(request, 0).value();
}

template <typename T>
T body_of(const Request& request) {
  return read_at<T>(request, NLMSG_HDRLEN).value();
}

/// Bytecode as the kernel runs it: accepted when a jump lands exactly on the end.
bool accepts(Bytes bytecode, bool automatic_port) {
  std::size_t position = 0;
  while (position < bytecode.size()) {
    const auto op = read_at<inet_diag_bc_op>(bytecode, position).value();
    const bool yes = op.code == INET_DIAG_BC_AUTO ? automatic_port : op.code == INET_DIAG_BC_NOP;
    position += yes ? op.yes : op.no;
  }
  return position == bytecode.size();
}

Bytes bytecode_of(const Request& request) {
  Bytes bytecode;
  const Bytes attributes = Bytes(request).subspan(NLMSG_HDRLEN + sizeof(inet_diag_req_v2));
  EXPECT_TRUE(for_each_attribute(attributes, [&](const Attribute& attribute) {
    EXPECT_EQ(attribute.type, INET_DIAG_REQ_BYTECODE);
    bytecode = attribute.value;
  }));
  return bytecode;
}

TEST(Requests, EachIsOneWholeDumpRequest) {
  for (const Request& request :
       {kernel::tcp_walk(kernel::kAllStates, Extension::none),
        kernel::family_dump(AF_INET, IPPROTO_UDP, kernel::kUdpAllStates, Extension::none),
        kernel::family_dump(AF_INET6, IPPROTO_UDP, kernel::kUdpUnconnected, Extension::none,
                            PortChoice::by_program),
        kernel::unix_dump(), kernel::packet_dump(), kernel::link_dump(), kernel::address_dump()}) {
    EXPECT_EQ(header_of(request).nlmsg_len, request.size());
    EXPECT_EQ(header_of(request).nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
  }
}

TEST(Requests, TcpWalkAsksForBothFamilies) {
  const Request request = kernel::tcp_walk(kernel::kListenState, Extension::socket_memory);
  EXPECT_EQ(header_of(request).nlmsg_type, TCPDIAG_GETSOCK);
  EXPECT_EQ(request.size(), NLMSG_HDRLEN + sizeof(inet_diag_req));
  const auto body = body_of<inet_diag_req>(request);
  EXPECT_EQ(body.idiag_family, 0);
  EXPECT_EQ(body.idiag_states, 1U << 10);
  EXPECT_EQ(body.idiag_ext, 1 << (INET_DIAG_SKMEMINFO - 1));
}

TEST(Requests, FamilyDumpAsksForOneFamilyOfOneProtocol) {
  const Request request =
      kernel::family_dump(AF_INET6, IPPROTO_UDP, kernel::kUdpAllStates, Extension::none);
  EXPECT_EQ(header_of(request).nlmsg_type, SOCK_DIAG_BY_FAMILY);
  EXPECT_EQ(request.size(), NLMSG_HDRLEN + sizeof(inet_diag_req_v2));
  const auto body = body_of<inet_diag_req_v2>(request);
  EXPECT_EQ(body.sdiag_family, AF_INET6);
  EXPECT_EQ(body.sdiag_protocol, IPPROTO_UDP);
  EXPECT_EQ(body.idiag_states, (1U << 1) | (1U << 7));
  EXPECT_EQ(body.idiag_ext, 0);
}

TEST(Requests, AllStatesIncludeThoseThatNetstatNeverShows) {
  for (unsigned state = 1; state <= 13; ++state) {
    EXPECT_TRUE(kernel::kAllStates & (1U << state)) << state;
  }
  EXPECT_EQ(kernel::kAllStates >> 14, 0U);
}

TEST(Requests, PortsChosenByTheProgramAreAllThatBytecodeAccepts) {
  const Request request = kernel::family_dump(AF_INET, IPPROTO_UDP, kernel::kUdpUnconnected,
                                              Extension::socket_memory, PortChoice::by_program);
  const Bytes bytecode = bytecode_of(request);
  ASSERT_FALSE(bytecode.empty());
  EXPECT_TRUE(accepts(bytecode, false));
  EXPECT_FALSE(accepts(bytecode, true));
}

TEST(Requests, UnixDumpAsksForEveryStateAndForNoNames) {
  const Request request = kernel::unix_dump();
  EXPECT_EQ(header_of(request).nlmsg_type, SOCK_DIAG_BY_FAMILY);
  EXPECT_EQ(request.size(), NLMSG_HDRLEN + sizeof(unix_diag_req));
  const auto body = body_of<unix_diag_req>(request);
  EXPECT_EQ(body.sdiag_family, AF_UNIX);
  EXPECT_EQ(body.udiag_states, 0xffffffff);
  EXPECT_EQ(body.udiag_show, 0U);
}

TEST(Requests, PacketDumpAsksForMembershipsAlone) {
  const Request request = kernel::packet_dump();
  EXPECT_EQ(header_of(request).nlmsg_type, SOCK_DIAG_BY_FAMILY);
  EXPECT_EQ(request.size(), NLMSG_HDRLEN + sizeof(packet_diag_req));
  const auto body = body_of<packet_diag_req>(request);
  EXPECT_EQ(body.sdiag_family, AF_PACKET);
  EXPECT_EQ(body.pdiag_show, static_cast<std::uint32_t>(PACKET_SHOW_MCLIST));
}

TEST(Requests, InterfacesAreAskedForInEveryFamilyAndWithoutStatistics) {
  EXPECT_EQ(header_of(kernel::link_dump()).nlmsg_type, RTM_GETLINK);
  EXPECT_EQ(body_of<ifinfomsg>(kernel::link_dump()).ifi_family, AF_UNSPEC);
  const Request links = kernel::link_dump();
  const auto mask = read_at<std::uint32_t>(links, links.size() - sizeof(std::uint32_t));
  EXPECT_TRUE(mask.value() & RTEXT_FILTER_SKIP_STATS);
  EXPECT_EQ(header_of(kernel::address_dump()).nlmsg_type, RTM_GETADDR);
  EXPECT_EQ(body_of<ifaddrmsg>(kernel::address_dump()).ifa_family, AF_UNSPEC);
}

}  // namespace
}  // namespace sockwatch::test
