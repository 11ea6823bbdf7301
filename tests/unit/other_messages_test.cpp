#include "recording/other_messages.h"

#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/packet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include <cstring>
#include <string>

#include "support/messages.h"

namespace sockwatch::recording {
namespace {

using test::Buffer;
using test::joined;

constexpr test::Recipient kNobody{};

class OtherMessages : public testing::Test {
 protected:
  /// A datagram of one message, as it comes out: header and payload.
  Buffer other(int netlink_protocol, std::uint16_t type, const Buffer& payload) {
    return other_datagram(netlink_protocol, test::reply(kNobody, type, payload), addresses_,
                          names_);
  }

  OtherAddresses addresses_;
  OtherNames names_;
};

bool holds(const Buffer& buffer, const std::string& text) {
  const std::string all(reinterpret_cast<const char*>(buffer.data()), buffer.size());
  return all.find(text) != std::string::npos;
}

TEST_F(OtherMessages, KeepTheirNumbersAndEnds) {
  const Buffer done = test::done({7, 8}, 5);
  const Buffer error = test::error({7, 8}, 5);
  EXPECT_EQ(other_datagram(NETLINK_SOCK_DIAG, done, addresses_, names_), done);
  EXPECT_EQ(other_datagram(NETLINK_SOCK_DIAG, error, addresses_, names_), error);
}

TEST_F(OtherMessages, KeepEachSocketWithWhatIsReadOfIt) {
  const Buffer local = test::diag_message({.cgroup_id = 7, .v6only = true, .drops = 3});
  EXPECT_EQ(other(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, local),
            test::reply(kNobody, SOCK_DIAG_BY_FAMILY, local));
  const Buffer key = joined({local, test::text_attribute(INET_DIAG_MD5SIG, "secret")});
  EXPECT_FALSE(holds(other(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, key), "secret"));
}

TEST_F(OtherMessages, ReplaceARemoteAddressWhateverTheFamily) {
  for (const char* local : {"127.0.0.1", "::ffff:127.0.0.1"}) {
    const auto message = [&](const char* remote) {
      return test::diag_message({.local = local, .remote = remote, .remote_port = 9});
    };
    EXPECT_EQ(other(NETLINK_SOCK_DIAG, TCPDIAG_GETSOCK,
                    message(local[0] == ':' ? "::ffff:8.8.8.8" : "8.8.8.8")),
              test::reply(kNobody, TCPDIAG_GETSOCK,
                          message(local[0] == ':' ? "::ffff:198.18.0.1" : "198.18.0.1")));
  }
}

TEST_F(OtherMessages, LeaveNamesOfUnixSocketsOut) {
  unix_diag_msg socket{};
  socket.udiag_family = AF_UNIX;
  socket.udiag_ino = 4711;
  const Buffer header(bytes_of(socket).begin(), bytes_of(socket).end());
  const Buffer uid = test::attribute(UNIX_DIAG_UID, std::uint32_t{7});
  const Buffer named = joined({header, test::text_attribute(UNIX_DIAG_NAME, "/home/alice"), uid});
  EXPECT_EQ(other(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, named),
            test::reply(kNobody, SOCK_DIAG_BY_FAMILY, joined({header, uid})));
}

TEST_F(OtherMessages, LeaveHardwareAddressesOfMembershipsOut) {
  packet_diag_msg socket{};
  socket.pdiag_family = AF_PACKET;
  packet_diag_mclist membership{};
  membership.pdmc_type = 1;
  std::memcpy(membership.pdmc_addr, "MAC-42", 6);
  const Buffer header(bytes_of(socket).begin(), bytes_of(socket).end());
  const auto message = [&] {
    const auto both = std::array{membership, membership};
    return joined({header, test::attribute(PACKET_DIAG_MCLIST, both)});
  };
  const Buffer changed = other(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, message());
  std::memset(membership.pdmc_addr, 0, sizeof(membership.pdmc_addr));
  EXPECT_EQ(changed, test::reply(kNobody, SOCK_DIAG_BY_FAMILY, message()));
}

TEST_F(OtherMessages, RebuildInterfacesWithoutTheirHardware) {
  const Buffer link = joined({test::link_message({.index = 2, .name = "wlan7", .master = 5}),
                              test::text_attribute(IFLA_ADDRESS, "MAC-42"),
                              test::text_attribute(IFLA_IFALIAS, "desk of alice")});
  const Buffer changed = other(NETLINK_ROUTE, RTM_NEWLINK, link);
  for (const char* gone : {"wlan7", "MAC-42", "alice"}) EXPECT_FALSE(holds(changed, gone)) << gone;
  EXPECT_TRUE(holds(changed, "interface-1"));
}

TEST_F(OtherMessages, KeepTheOwnEndOfATunnelOnly) {
  const Buffer tunnel = joined({test::address_message({.address = "10.0.0.1", .peer = "8.8.8.8"}),
                                test::text_attribute(IFA_LABEL, "wlan7:alice")});
  const Buffer datagram = test::reply(kNobody, RTM_NEWADDR, tunnel);
  keep_own_addresses(datagram, addresses_);
  const Buffer changed = other(NETLINK_ROUTE, RTM_NEWADDR, tunnel);
  EXPECT_TRUE(holds(changed, "\x0a" + std::string(2, '\0') + "\x01"));
  EXPECT_FALSE(holds(changed, "\x08\x08\x08\x08"));
  EXPECT_FALSE(holds(changed, "alice"));
  EXPECT_NE(addresses_.of(mapped({8, 8, 8, 8})), mapped({8, 8, 8, 8}));
  EXPECT_EQ(addresses_.of(mapped({10, 0, 0, 1})), mapped({10, 0, 0, 1}));
}

TEST_F(OtherMessages, LeaveOutWhatIsNotKnown) {
  const Buffer secret = test::text_attribute(1, "secret and more of it");
  EXPECT_TRUE(other(NETLINK_ROUTE, RTM_NEWROUTE, secret).empty());
  EXPECT_TRUE(other(NETLINK_NETFILTER, RTM_NEWLINK, secret).empty());
  EXPECT_TRUE(other(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, secret).empty());
}

TEST_F(OtherMessages, EndWhereADatagramCannotBeRight) {
  const Buffer socket = test::diag_message({.remote = "8.8.8.8"});
  const Buffer whole = test::reply(kNobody, SOCK_DIAG_BY_FAMILY, socket);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Buffer cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_TRUE(other_datagram(NETLINK_SOCK_DIAG, cut, addresses_, names_).empty()) << size;
  }
}

}  // namespace
}  // namespace sockwatch::recording
