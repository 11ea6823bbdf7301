#include "sockets/direction.h"

#include <gtest/gtest.h>

#include "support/messages.h"

namespace sockwatch::test {
namespace {

constexpr std::uint16_t kServicePort = 50000;  // in the range, and named by the configuration

/// "inbound 80"; no port: "none ".
std::string text_of(const Service& service) {
  return std::string(name(service.direction)) + " " + to_string(service.port);
}

class DirectionTest : public testing::Test {
 protected:
  DirectionTest() {
    surroundings_.ephemeral = {32768, 60999};
    surroundings_.service_ports = {1000, kServicePort, 60000};
    for (const char* address : {"203.0.113.1", "10.0.0.1", "2001:db8::1"}) {
      EXPECT_TRUE(surroundings_.interfaces.add_address(
          address_message({.interface = 2, .address = address})));
    }
    surroundings_.interfaces.finish();
    listeners_.begin_sample();
  }

  SocketRecord listen(const Endpoint& local, Protocol protocol = Protocol::tcp) {
    SocketRecord record;
    record.protocol = protocol;
    record.family = local.address.family;
    record.state = protocol == Protocol::tcp ? State::listen : State::unconnected;
    record.local = local;
    record.key.cookie = local.port;
    listeners_.add(record);
    return record;
  }

  Service service(const Endpoint& local, const Endpoint& remote,
                  Protocol protocol = Protocol::tcp) {
    SocketRecord record;
    record.protocol = protocol;
    record.state = protocol == Protocol::tcp ? State::established : State::connected;
    record.local = local;
    record.remote = remote;
    return service_of(record, false, listeners_, surroundings_);
  }
  std::string connection(const Endpoint& local, const Endpoint& remote,
                         Protocol protocol = Protocol::tcp) {
    return text_of(service(local, remote, protocol));
  }

  ListenerIndex listeners_;
  Surroundings surroundings_;
};

const Endpoint kNobody;

TEST_F(DirectionTest, Rule1AListenerIsInboundOnItsOwnPort) {
  const SocketRecord tcp = listen(at("0.0.0.0", 80));
  EXPECT_EQ(text_of(service_of(tcp, true, listeners_, surroundings_)), "inbound 80");
  const SocketRecord udp = listen(at("::1", 40000), Protocol::udp);
  EXPECT_EQ(text_of(service_of(udp, true, listeners_, surroundings_)), "inbound 40000");
}

TEST_F(DirectionTest, Rule2WhatAListenerCoversIsInboundOnTheLocalPort) {
  listen(at("0.0.0.0", 80));
  listen(at("203.0.113.1", 45000));
  EXPECT_EQ(connection(at("203.0.113.1", 80), at("198.51.100.1", 40000)), "inbound 80");
  EXPECT_EQ(connection(at("203.0.113.1", 80), at("198.51.100.1", 22)), "inbound 80");
  EXPECT_EQ(connection(at("203.0.113.1", 45000), at("198.51.100.1", 40000)), "inbound 45000");
  EXPECT_EQ(connection(at("203.0.113.1", 80), kNobody), "inbound 80");  // before rule 3
  EXPECT_EQ(connection(at("10.0.0.1", 45000), at("198.51.100.1", 40000)), "outbound ephemeral");
}

TEST_F(DirectionTest, Rule2TellsTheListener) {
  listen(at("0.0.0.0", 80));
  const Service found = service(at("203.0.113.1", 80), at("198.51.100.1", 40000));
  ASSERT_NE(found.listener, nullptr);
  EXPECT_EQ(found.listener->record.key.cookie, 80U);
  EXPECT_EQ(service(at("203.0.113.1", 81), at("198.51.100.1", 80)).listener, nullptr);
}

TEST_F(DirectionTest, Rule3WithoutAPeerThereIsNoDirection) {
  EXPECT_EQ(connection(at("0.0.0.0", 80), kNobody), "none ");
  EXPECT_EQ(connection(at("0.0.0.0", 40000), kNobody, Protocol::udp), "none ");
}

TEST_F(DirectionTest, Rule4AClientOfALocalListenerIsOutboundToItsPort) {
  listen(at("0.0.0.0", 80));
  listen(at("0.0.0.0", 45000));
  EXPECT_EQ(connection(at("10.0.0.1", 40000), at("203.0.113.1", 80)), "outbound 80");
  EXPECT_EQ(connection(at("10.0.0.1", 40000), at("203.0.113.1", 45000)), "outbound 45000");
  // Before rule 5: the port below the range is the client's own choice.
  EXPECT_EQ(connection(at("10.0.0.1", 700), at("203.0.113.1", 45000)), "outbound 45000");
}

TEST_F(DirectionTest, Rule4IsNotForTheSamePortOfAnotherHost) {
  listen(at("0.0.0.0", 45000));
  EXPECT_EQ(connection(at("10.0.0.1", 40000), at("198.51.100.1", 45000)), "outbound ephemeral");
  EXPECT_EQ(connection(at("10.0.0.1", 700), at("198.51.100.1", 45000)), "inbound 700");
}

TEST_F(DirectionTest, Rule4IsNotForTheOtherProtocol) {
  listen(at("0.0.0.0", 45000), Protocol::tcp);
  EXPECT_EQ(connection(at("10.0.0.1", 40000), at("10.0.0.1", 45000), Protocol::udp),
            "outbound ephemeral");
}

TEST_F(DirectionTest, Rule5ALowPortThatAHighOneTalksToServes) {
  EXPECT_EQ(connection(at("10.0.0.1", 22), at("198.51.100.1", 32768)), "inbound 22");
  EXPECT_EQ(connection(at("10.0.0.1", 32767), at("198.51.100.1", 60999)), "inbound 32767");
  EXPECT_EQ(connection(at("10.0.0.1", 61000), at("198.51.100.1", 40000)), "inbound 61000");
  // Before rule 6, also where the remote port is one of the configured.
  EXPECT_EQ(connection(at("10.0.0.1", 22), at("198.51.100.1", kServicePort)), "inbound 22");
}

TEST_F(DirectionTest, Rule6BothPortsHighTellNothingButThatWeConnected) {
  EXPECT_EQ(connection(at("10.0.0.1", 40000), at("198.51.100.1", 32768)), "outbound ephemeral");
  EXPECT_EQ(connection(at("10.0.0.1", 40000), at("198.51.100.1", 60999)), "outbound ephemeral");
  EXPECT_EQ(connection(at("10.0.0.1", 40000), at("198.51.100.1", kServicePort)), "outbound 50000");
}

TEST_F(DirectionTest, Rule7AnythingElseIsOutboundToTheRemotePort) {
  EXPECT_EQ(connection(at("10.0.0.1", 40000), at("198.51.100.1", 443)), "outbound 443");
  EXPECT_EQ(connection(at("10.0.0.1", 40000), at("198.51.100.1", 32767)), "outbound 32767");
  EXPECT_EQ(connection(at("10.0.0.1", 40000), at("198.51.100.1", 61000)), "outbound 61000");
  EXPECT_EQ(connection(at("10.0.0.1", 700), at("198.51.100.1", 2049)), "outbound 2049");
}

TEST_F(DirectionTest, BothEndsOfALoopbackConnectionHaveTheServersPort) {
  listen(at("127.0.0.1", 8080));
  listen(at("::", 9090));
  EXPECT_EQ(connection(at("127.0.0.1", 40000), at("127.0.0.1", 8080)), "outbound 8080");
  EXPECT_EQ(connection(at("127.0.0.1", 8080), at("127.0.0.1", 40000)), "inbound 8080");
  EXPECT_EQ(connection(at("127.0.0.2", 40000), at("127.0.0.1", 9090)), "outbound 9090");
  EXPECT_EQ(connection(at("127.0.0.1", 9090), at("127.0.0.2", 40000)), "inbound 9090");
  EXPECT_EQ(connection(at("::1", 40000), at("::1", 9090)), "outbound 9090");
  EXPECT_EQ(connection(at("::1", 9090), at("::1", 40000)), "inbound 9090");
}

TEST_F(DirectionTest, MappedAddressesMeetTheirIpv4Ends) {
  listen(at("::", 9090));
  listen(at("::ffff:10.0.0.1", 7070));
  EXPECT_EQ(connection(at("::ffff:10.0.0.1", 9090), at("::ffff:198.51.100.1", 40000)),
            "inbound 9090");
  EXPECT_EQ(connection(at("127.0.0.1", 40000), at("10.0.0.1", 7070)), "outbound 7070");
  EXPECT_EQ(connection(at("::ffff:10.0.0.1", 40000), at("::ffff:10.0.0.1", 7070)), "outbound 7070");
}

TEST_F(DirectionTest, AGoneListenersConnectionsStayWhatTheyWere) {
  listen(at("0.0.0.0", 45000));
  for (int sample = 0; sample < 3; ++sample) {
    EXPECT_EQ(connection(at("10.0.0.1", 45000), at("198.51.100.1", 40000)), "inbound 45000");
    listeners_.end_sample(Protocol::tcp);
    listeners_.begin_sample();
  }
  listeners_.end_sample(Protocol::tcp);  // its last connection has ended
  EXPECT_EQ(connection(at("10.0.0.1", 45000), at("198.51.100.1", 40000)), "outbound ephemeral");
}

TEST_F(DirectionTest, AClientKeepsAGoneListenerToo) {
  listen(at("127.0.0.1", 45000));
  for (int sample = 0; sample < 3; ++sample) {
    EXPECT_EQ(connection(at("127.0.0.1", 40000), at("127.0.0.1", 45000)), "outbound 45000");
    listeners_.end_sample(Protocol::tcp);
    listeners_.begin_sample();
  }
}

TEST(ServicePort, PrintsAsALabel) {
  EXPECT_EQ(to_string(ServicePort(0)), "0");
  EXPECT_EQ(to_string(ServicePort(65535)), "65535");
  EXPECT_EQ(to_string(ServicePort::none()), "");
  EXPECT_EQ(to_string(ServicePort::ephemeral()), "ephemeral");
  EXPECT_EQ(to_string(ServicePort::other()), "other");
  EXPECT_EQ(ServicePort(), ServicePort::none());
}

}  // namespace
}  // namespace sockwatch::test
