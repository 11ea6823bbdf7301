#include "sockets/unix_socket.h"

#include <gtest/gtest.h>
#include <linux/unix_diag.h>

#include <string>

#include "support/messages.h"

namespace sockwatch::test {
namespace {

TEST(DecodeUnixSocket, ReadsEveryField) {
  const auto socket = decode_unix_socket(
      unix_message({.type = 5, .state = 10, .cookie = 0x1122334455667788, .inode = 4000000001}));
  ASSERT_TRUE(socket);
  EXPECT_EQ(socket->type, UnixType::seqpacket);
  EXPECT_EQ(socket->state, UnixState::listen);
  EXPECT_EQ(socket->key, (SocketKey{0x1122334455667788, 4000000001}));
}

TEST(DecodeUnixSocket, KnowsEachTypeAndState) {
  for (int type = 0; type < 256; ++type) {
    const auto socket = decode_unix_socket(unix_message({.type = static_cast<std::uint8_t>(type)}));
    EXPECT_EQ(socket.has_value(), type == 1 || type == 2 || type == 5) << type;
  }
  for (int state = 0; state < 256; ++state) {
    const auto socket =
        decode_unix_socket(unix_message({.state = static_cast<std::uint8_t>(state)}));
    EXPECT_EQ(socket.has_value(), state == 1 || state == 7 || state == 10) << state;
  }
  EXPECT_EQ(decode_unix_socket(unix_message({.type = 1})).value().type, UnixType::stream);
  EXPECT_EQ(decode_unix_socket(unix_message({.type = 2})).value().type, UnixType::dgram);
  EXPECT_EQ(decode_unix_socket(unix_message({.state = 1})).value().state, UnixState::established);
  EXPECT_EQ(decode_unix_socket(unix_message({.state = 7})).value().state, UnixState::unconnected);
}

TEST(DecodeUnixSocket, RefusesOtherFamilies) {
  Buffer message = unix_message({});
  message[0] = std::byte{2};
  EXPECT_FALSE(decode_unix_socket(message));
}

TEST(DecodeUnixSocket, RefusesEveryCutButThatOfPadding) {
  const Buffer whole = unix_message({});
  const std::size_t attribute_end = sizeof(unix_diag_msg) + 5;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Buffer exact(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const bool complete = size >= attribute_end;
    const bool padding_of_the_message = size >= sizeof(unix_diag_msg) && size < attribute_end - 1;
    EXPECT_EQ(decode_unix_socket(exact).has_value(), complete || padding_of_the_message) << size;
  }
}

TEST(DecodeUnixSocket, RefusesAnAttributeBeyondTheEnd) {
  Buffer message = unix_message({});
  message[sizeof(unix_diag_msg)] = std::byte{200};
  EXPECT_FALSE(decode_unix_socket(message));
}

struct Row {
  std::string line;
  UnixType type;
  UnixState state;
  std::uint32_t inode;
  bool named;
};

TEST(ParseUnixLine, ReadsWhatTheKernelWrites) {
  const Row rows[] = {
      {"00000000f4f3395a: 00000003 00000000 00000000 0005 03 4587977", UnixType::seqpacket,
       UnixState::established, 4587977, false},
      {"0000000026d2d5c3: 00000002 00000000 00000000 0002 01 4587979", UnixType::dgram,
       UnixState::unconnected, 4587979, false},
      {"00000000061592ba: 00000002 00000000 00010000 0001 01     7 /run/a b", UnixType::stream,
       UnixState::listen, 7, true},
      {"00000000fe5b8ee2: 00000003 00000000 00000000 0001 02     0 @abs", UnixType::stream,
       UnixState::established, 0, true},
      {"00000000fe5b8ee2: 00000003 00000000 00000000 0001 04     0", UnixType::stream,
       UnixState::unconnected, 0, false},
      {"(null): 00000003 00000000 00000000 0001 03 4294967295", UnixType::stream,
       UnixState::established, 4294967295, false},
  };
  for (const Row& row : rows) {
    const auto parsed = parse_unix_line(row.line);
    ASSERT_TRUE(parsed) << row.line;
    EXPECT_EQ(parsed->socket.type, row.type) << row.line;
    EXPECT_EQ(parsed->socket.state, row.state) << row.line;
    EXPECT_EQ(parsed->socket.key.inode, row.inode) << row.line;
    EXPECT_EQ(parsed->named, row.named) << row.line;
  }
}

TEST(ParseUnixLine, GivesASocketWithoutCookieAKeyThatNoCookieHas) {
  const auto one = parse_unix_line("0: 2 0 0 1 1 7").value().socket.key;
  const auto other = parse_unix_line("0: 2 0 0 1 1 8").value().socket.key;
  EXPECT_NE(one.cookie, other.cookie);
  EXPECT_GE(one.cookie, std::uint64_t{1} << 63);
}

TEST(ParseUnixLine, RefusesWhatIsNoRow) {
  for (const std::string line : {
           "",
           " ",
           "Num       RefCount Protocol Flags    Type St Inode Path",
           "the rest of a name",
           "00000000f4f3395a 00000003 00000000 00000000 0005 03 4587977",      // no colon
           "00000000f4f3395a: 00000003 00000000 00000000 0005 03",             // cut
           "00000000f4f3395a: 00000003 00000000 00000000 0005 03 4294967296",  // beyond an inode
           "00000000f4f3395a: 00000003 00000000 00000000 0005 03 -1",
           "00000000f4f3395a: 00000003 00000000 00000000 0005 03 12x",
           "00000000f4f3395a: 00000003 00000000 00000000 0004 03 4587977",  // unknown type
           "00000000f4f3395a: 00000003 00000000 00000000 0005 05 4587977",  // unknown state
           "00000000f4f3395a: 00000003 00000000 00000000 0005 00 4587977",
           "00000000f4f3395a: 00000003 00000000 100000000 0005 03 4587977",  // too large
           "00000000f4f3395a: 00000003 00000000 0x000000 0005 03 4587977",
       }) {
    EXPECT_FALSE(parse_unix_line(line)) << line;
  }
}

}  // namespace
}  // namespace sockwatch::test
