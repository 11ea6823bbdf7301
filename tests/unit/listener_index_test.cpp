#include "sockets/listener_index.h"

#include <gtest/gtest.h>

#include "support/messages.h"

namespace sockwatch::test {
namespace {

struct Place {
  std::string address;
  std::uint16_t port = 80;
  Protocol protocol = Protocol::tcp;
  bool v6only = false;
};

SocketRecord listening(const Place& place, std::uint64_t cookie = 1) {
  SocketRecord record;
  record.protocol = place.protocol;
  record.family = place.address.find(':') == std::string::npos ? Family::ipv4 : Family::ipv6;
  record.state = place.protocol == Protocol::tcp ? State::listen : State::unconnected;
  record.local = at(place.address, place.port);
  record.v6only = place.v6only;
  record.key.cookie = cookie;
  return record;
}

class ListenerIndexTest : public testing::Test {
 protected:
  ListenerIndexTest() { index_.begin_sample(); }

  /// The cookie of the listener found, 0 for none.
  std::uint64_t found(const std::string& address, std::uint16_t port = 80,
                      Protocol protocol = Protocol::tcp) {
    const auto* entry = index_.covering(protocol, ip(address), port);
    return entry == nullptr ? 0 : entry->record.key.cookie;
  }

  void next_sample() {
    index_.end_sample(Protocol::tcp);
    index_.begin_sample();
  }

  ListenerIndex index_;
};

struct Covering {
  Place listener;
  std::string address;
  bool covered;
};

TEST_F(ListenerIndexTest, CoversWhatReachesTheListener) {
  const Covering cases[] = {
      {{"10.0.0.1"}, "10.0.0.1", true},
      {{"10.0.0.1"}, "::ffff:10.0.0.1", true},
      {{"10.0.0.1"}, "10.0.0.2", false},
      {{"::ffff:10.0.0.1"}, "10.0.0.1", true},
      {{"0.0.0.0"}, "10.0.0.1", true},
      {{"0.0.0.0"}, "::1", false},
      {{"::"}, "::1", true},
      {{"::"}, "10.0.0.1", true},
      {{"::", 80, Protocol::tcp, true}, "::1", true},
      {{"::", 80, Protocol::tcp, true}, "10.0.0.1", false},
      {{"::ffff:0.0.0.0"}, "10.0.0.1", true},
      {{"::ffff:0.0.0.0"}, "::1", false},
      {{"0.0.0.0", 81}, "10.0.0.1", false},
      {{"0.0.0.0", 80, Protocol::udp}, "10.0.0.1", false},
  };
  for (const auto& [listener, address, covered] : cases) {
    index_ = {};
    index_.begin_sample();
    index_.add(listening(listener));
    EXPECT_EQ(found(address) != 0, covered) << listener.address << " " << address;
  }
}

TEST_F(ListenerIndexTest, PrefersTheExactAddress) {
  index_.add(listening({"0.0.0.0"}, 1));
  index_.add(listening({"127.0.0.1"}, 2));
  index_.add(listening({"::"}, 3));
  EXPECT_EQ(found("127.0.0.1"), 2U);
  EXPECT_EQ(found("10.0.0.1"), 1U);
  EXPECT_EQ(found("::1"), 3U);
}

TEST_F(ListenerIndexTest, PrefersOneThatListensNow) {
  index_.add(listening({"0.0.0.0"}, 1));
  EXPECT_EQ(found("10.0.0.1"), 1U);
  next_sample();
  index_.add(listening({"::"}, 2));
  EXPECT_EQ(found("10.0.0.1"), 2U);
}

TEST_F(ListenerIndexTest, TakesTheLatestSocketInAPlace) {
  index_.add(listening({"0.0.0.0"}, 1));
  index_.add(listening({"0.0.0.0"}, 2));
  EXPECT_EQ(found("10.0.0.1"), 2U);
}

TEST_F(ListenerIndexTest, KnowsWhichPortsHaveAListener) {
  index_.add(listening({"10.0.0.1", 65535, Protocol::udp}));
  EXPECT_TRUE(index_.has_port(Protocol::udp, 65535));
  EXPECT_FALSE(index_.has_port(Protocol::tcp, 65535));
  EXPECT_FALSE(index_.has_port(Protocol::udp, 0));
}

TEST_F(ListenerIndexTest, KeepsAGoneListenerWhileASocketUsesIt) {
  index_.add(listening({"0.0.0.0"}));
  for (int sample = 0; sample < 5; ++sample) {
    next_sample();
    EXPECT_EQ(found("10.0.0.1"), 1U);
  }
  next_sample();  // nothing used it
  index_.end_sample(Protocol::tcp);
  EXPECT_EQ(found("10.0.0.1"), 0U);
  EXPECT_FALSE(index_.has_port(Protocol::tcp, 80));
}

TEST_F(ListenerIndexTest, KeepsAListenerThatNobodyUses) {
  for (int sample = 0; sample < 3; ++sample) {
    index_.add(listening({"0.0.0.0"}));
    next_sample();
  }
  EXPECT_EQ(found("10.0.0.1"), 1U);
}

TEST_F(ListenerIndexTest, ForgetsOneOfSeveralInAPort) {
  index_.add(listening({"10.0.0.1"}, 1));
  index_.add(listening({"10.0.0.2"}, 2));
  next_sample();
  index_.add(listening({"10.0.0.2"}, 2));
  index_.end_sample(Protocol::tcp);
  EXPECT_EQ(found("10.0.0.1"), 0U);
  EXPECT_EQ(found("10.0.0.2"), 2U);
}

TEST_F(ListenerIndexTest, AnIncompleteDumpOfOneProtocolForgetsNothingOfTheOther) {
  index_.add(listening({"0.0.0.0", 80, Protocol::udp}));
  index_.add(listening({"0.0.0.0", 80, Protocol::tcp}));
  index_.begin_sample();
  index_.end_sample(Protocol::tcp);
  EXPECT_EQ(found("10.0.0.1", 80, Protocol::tcp), 0U);
  EXPECT_EQ(found("10.0.0.1", 80, Protocol::udp), 1U);
}

}  // namespace
}  // namespace sockwatch::test
