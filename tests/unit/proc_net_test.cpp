#include "sockets/proc_net.h"

#include <gtest/gtest.h>

#include <set>

#include "sockets/socket_key.h"
#include "support/messages.h"
#include "support/proc_net_text.h"

namespace sockwatch::test {
namespace {

// As Linux 6.18 printed them.
constexpr std::string_view kListener =
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000    33        0 "
    "1082 1 0000000055eaba88 100 0 0 10 0                      ";
constexpr std::string_view kTimeWait =
    "  17: 0100007F:1F90 0100007F:D431 06 00000000:00000000 03:00001770 00000000     0        0 0 "
    "3 "
    "00000000aa0ea47d                                      ";
constexpr std::string_view kTcp6 =
    "   2: B80D0120000000000000000001000000:01BB 00000000000000000000000001000000:9C40 08 "
    "0000002A:00000007 02:000003E8 00000000  1000        0 4294967295 2 0000000000000000 20 4 30 "
    "10 -1";
constexpr std::string_view kUdp =
    "  853: 3500007F:0035 00000000:0000 07 00000000:00000300 00:00000000 00000000   101        0 "
    "1234 2 0000000000000000 17        ";

std::optional<SocketRecord> tcp(std::string_view line) {
  return parse_proc_net(line, Protocol::tcp, Family::ipv4);
}

std::optional<SocketRecord> udp(std::string_view line) {
  return parse_proc_net(line, Protocol::udp, Family::ipv4);
}

std::string with(std::string_view line, const std::string& part, const std::string& other) {
  std::string changed(line);
  return changed.replace(changed.find(part), part.size(), other);
}

TEST(ProcNet, ReadsAListener) {
  const auto record = tcp(kListener);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->protocol, Protocol::tcp);
  EXPECT_EQ(record->family, Family::ipv4);
  EXPECT_EQ(record->state, State::listen);
  EXPECT_EQ(record->local, at("127.0.0.1", 8080));
  EXPECT_EQ(record->remote, at("0.0.0.0", 0));
  EXPECT_EQ(record->receive_queue, 3U);
  EXPECT_EQ(send_queue(*record), std::nullopt) << "/proc has no limit of the queue";
  EXPECT_EQ(record->uid, 33U);
  EXPECT_EQ(record->key.inode, 1082U);
  EXPECT_EQ(record->drops, std::nullopt);
  EXPECT_EQ(record->cgroup_id, 0U);
  EXPECT_EQ(record->interface, 0U);
}

TEST(ProcNet, ReadsEveryColumnOfIpv6) {
  const auto record = parse_proc_net(kTcp6, Protocol::tcp, Family::ipv6);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->family, Family::ipv6);
  EXPECT_EQ(record->state, State::close_wait);
  EXPECT_EQ(record->timer, 2);
  EXPECT_EQ(record->local, at("2001:db8::1", 443));
  EXPECT_EQ(record->remote, at("::1", 40000));
  EXPECT_EQ(send_queue(*record), 42U);
  EXPECT_EQ(receive_queue(*record), 7U);
  EXPECT_EQ(record->uid, 1000U);
  EXPECT_EQ(record->key.inode, 4294967295U);
}

TEST(ProcNet, ReadsASocketWithoutAFile) {
  const auto record = tcp(kTimeWait);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->state, State::time_wait);
  EXPECT_EQ(record->timer, 3);
  EXPECT_EQ(record->key.inode, 0U);
}

TEST(ProcNet, ReadsUdpWithItsDropsWhereTheyAreTold) {
  const auto record = udp(kUdp);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->protocol, Protocol::udp);
  EXPECT_EQ(record->state, State::unconnected);
  EXPECT_EQ(record->receive_queue, 768U);
  EXPECT_EQ(record->drops, 17U);
  EXPECT_EQ(udp(with(kUdp, " 17 ", " 4294967295 "))->drops, 4294967295U);
  const auto older = udp(with(kUdp, " 17 ", " "));
  ASSERT_TRUE(older);
  EXPECT_EQ(older->drops, std::nullopt);
}

TEST(ProcNet, UnmapsIpv4InsideIpv6) {
  const std::string line = proc_net_line(
      Protocol::tcp, {.local = "::ffff:10.1.2.3", .port = 80, .remote = "::ffff:10.1.2.4"});
  const auto record = parse_proc_net(line, Protocol::tcp, Family::ipv6);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->family, Family::ipv6);
  EXPECT_EQ(record->local, at("10.1.2.3", 80));
  EXPECT_EQ(record->remote.address, ip("10.1.2.4"));
}

TEST(ProcNet, KnowsEveryStateOfBothProtocols) {
  for (unsigned number = 0; number <= 0xff; ++number) {
    const auto state = static_cast<std::uint8_t>(number);
    const bool in_tcp = number >= 1 && number <= 13;
    const bool in_udp = number == 1 || number == 7;
    EXPECT_EQ(tcp(proc_net_line(Protocol::tcp, {.state = state})).has_value(), in_tcp) << number;
    EXPECT_EQ(udp(proc_net_line(Protocol::udp, {.state = state})).has_value(), in_udp) << number;
  }
}

TEST(ProcNet, ReadsBackWhateverIsInATable) {
  const std::vector<DiagSocket> sockets = {
      {.local = "255.255.255.255", .port = 65535, .remote = "1.2.3.4", .remote_port = 1},
      {.local = "::", .remote = "ff02::fb", .remote_port = 5353, .uid = 4294967294},
      {.receive_queue = 4294967295, .send_queue = 4294967295}};
  for (const DiagSocket& socket : sockets) {
    const Family family = family_of(socket) == AF_INET6 ? Family::ipv6 : Family::ipv4;
    const auto record = parse_proc_net(proc_net_line(Protocol::tcp, socket), Protocol::tcp, family);
    ASSERT_TRUE(record) << socket.local;
    EXPECT_EQ(record->local, at(socket.local, socket.port));
    EXPECT_EQ(record->remote.port, socket.remote_port);
    EXPECT_EQ(record->uid, socket.uid);
    EXPECT_EQ(record->receive_queue, socket.receive_queue);
    EXPECT_EQ(record->send_queue, socket.send_queue);
  }
}

TEST(ProcNet, MakesKeysThatAreNoCookies) {
  for (std::uint32_t inode = 0; inode < 1000; ++inode) {
    const auto record = tcp(proc_net_line(Protocol::tcp, {.inode = inode}));
    EXPECT_EQ(cookie_of(record->key), std::nullopt) << inode;
  }
  EXPECT_EQ(cookie_of({1, 1}), 1U);
  EXPECT_EQ(cookie_of({0x7fffffffffffffff, 1}), 0x7fffffffffffffffU);
  EXPECT_EQ(cookie_of({0xffffffffffffffff, 1}), 0xffffffffffffffffU) << "one of those from above";
}

TEST(ProcNet, KeysDifferWhereAnyPartOfTheIdentityDoes) {
  const DiagSocket socket{
      .local = "127.0.0.1", .port = 80, .remote = "127.0.0.2", .remote_port = 9, .inode = 7};
  std::vector<DiagSocket> others(5, socket);
  others[0].local = "127.0.0.3";
  others[1].port = 81;
  others[2].remote = "127.0.0.4";
  others[3].remote_port = 10;
  others[4].inode = 8;
  std::set<std::uint64_t> keys;
  const auto note = [&](Protocol protocol, const DiagSocket& row, Family family) {
    keys.insert(parse_proc_net(proc_net_line(protocol, row), protocol, family)->key.cookie);
  };
  note(Protocol::tcp, socket, Family::ipv4);
  note(Protocol::udp, socket, Family::ipv4);
  for (const DiagSocket& other : others) note(Protocol::tcp, other, Family::ipv4);
  DiagSocket mapped = socket;
  mapped.local = "::ffff:127.0.0.1";
  mapped.remote = "::ffff:127.0.0.2";
  note(Protocol::tcp, mapped, Family::ipv6);
  EXPECT_EQ(keys.size(), 8U);
}

TEST(ProcNet, KeepsTheKeyOfASocketWhileItsQueuesAndStateChange) {
  DiagSocket socket{.port = 80, .inode = 7};
  const auto before = tcp(proc_net_line(Protocol::tcp, socket));
  socket.state = 8;
  socket.receive_queue = 5;
  socket.timer = 1;
  EXPECT_EQ(tcp(proc_net_line(Protocol::tcp, socket))->key, before->key);
}

struct BadLine {
  const char* part;
  const char* instead;
};

TEST(ProcNet, RefusesLinesThatAreNoRows) {
  const BadLine lines[] = {{"0:", "0"},
                           {"0100007F:1F90", "0100007F"},
                           {"0100007F:1F90", "0100007F.1F90"},
                           {"0100007F:1F90", "0100007G:1F90"},
                           {"0100007F:1F90", "100007F:1F90"},
                           {"0100007F:1F90", "00100007F:1F90"},
                           {"0100007F:1F90", "0100007F:11F90"},
                           {"0100007F:1F90", "0100007F:-F90"},
                           {"0100007F:1F90", "0100007F:1F9"},
                           {"0100007F:1F90", "0100007F:"},
                           {"0100007F:1F90", "0x00007F:1F90"},
                           {"00000000:0000 ", ""},
                           {" 0A ", " 00 "},
                           {" 0A ", " 0E "},
                           {" 0A ", " 10A "},
                           {" 0A ", " listen "},
                           {"00000000:00000003", "00000000"},
                           {"00000000:00000003", "00000000:100000003"},
                           {"00000000:00000003", "-1:00000003"},
                           {"00000000:00000003", ":"},
                           {" 00:00000000 ", " 00 "},
                           {" 00:00000000 ", " 100:00000000 "},
                           {" 33 ", " root "},
                           {" 33 ", " -1 "},
                           {" 33 ", " 4294967296 "},
                           {" 1082 ", " 4294967296 "},
                           {" 1082 ", " 1082a "},
                           {" 1082 ", " -1 "}};
  ASSERT_TRUE(tcp(kListener));
  for (const BadLine& bad : lines) {
    const std::string line = with(kListener, bad.part, bad.instead);
    EXPECT_FALSE(tcp(line)) << line;
  }
  for (const char* drops : {" -1 ", " x ", " 4294967296 "}) {
    EXPECT_FALSE(udp(with(kUdp, " 17 ", drops))) << drops;
  }
  EXPECT_FALSE(parse_proc_net(kListener, Protocol::tcp, Family::ipv6));
  EXPECT_FALSE(tcp(kTcp6));
  EXPECT_FALSE(tcp(""));
  EXPECT_FALSE(tcp(std::string(5000, ' ')));
  EXPECT_FALSE(tcp(std::string(5000, ':')));
}

TEST(ProcNet, RefusesEveryCutBeforeTheInode) {
  const std::size_t inode = kListener.find("1082");
  for (std::size_t size = 0; size <= inode; ++size) {
    EXPECT_FALSE(tcp(std::string(kListener.substr(0, size)))) << size;
  }
}

TEST(ProcNet, TellsTheLineThatNamesTheColumns) {
  for (const Protocol protocol : kProtocols) {
    const std::string table = proc_net_text(protocol, Family::ipv4, {});
    EXPECT_TRUE(is_proc_net_header(table.substr(0, table.find('\n'))));
  }
  for (const std::string_view line :
       {std::string_view(), kListener, kUdp, std::string_view("sl")}) {
    EXPECT_FALSE(is_proc_net_header(line)) << line;
    EXPECT_FALSE(is_proc_net_header("x" + std::string(line))) << line;
  }
  EXPECT_FALSE(tcp(proc_net_text(Protocol::tcp, Family::ipv4, {})));
}

}  // namespace
}  // namespace sockwatch::test
