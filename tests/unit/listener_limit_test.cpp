#include "snapshot/listener_limit.h"

#include <gtest/gtest.h>

#include <random>

#include "unit/listener_samples.h"

namespace sockwatch {
namespace {

using test::listener_key;

/// The order of addresses is not that of ports.
std::string address(std::uint16_t port) {
  return port % 2 == 0 ? "10.0.0.1" : "10.0.0.2";
}

Listener listener(std::uint16_t port, Exposure exposure, std::uint64_t sockets = 1) {
  return {listener_key(Protocol::tcp, address(port), port), exposure, false, "root", sockets};
}

ListenerGroup group(Protocol protocol, std::uint16_t port, Exposure exposure) {
  ListenerGroup made;
  made.key = listener_key(protocol, address(port), port);
  made.exposure = exposure;
  return made;
}

std::vector<std::uint16_t> ports(const LimitedListeners& limited) {
  std::vector<std::uint16_t> list;
  for (const Listener& row : limited.listeners) list.push_back(row.key.identity.endpoint.port);
  return list;
}

TEST(ListenerLimit, ShowsTheWidestReachFirstThenTheLowestPort) {
  ListenerSample sample;
  std::uint16_t port = 100;
  for (const auto exposure :
       {Exposure::loopback, Exposure::multicast, Exposure::link_local, Exposure::private_,
        Exposure::nonlocal, Exposure::public_, Exposure::wildcard}) {
    sample.listeners.push_back(listener(port, exposure));
    sample.listeners.push_back(listener(--port, exposure));
  }
  const auto limited = limit_listeners(sample, 100);
  EXPECT_EQ(ports(limited),
            (std::vector<std::uint16_t>{93, 94, 94, 95, 95, 96, 96, 97, 97, 98, 98, 99, 99, 100}));
  EXPECT_EQ(limited.listeners.front().exposure, Exposure::wildcard);
  EXPECT_EQ(limited.listeners.back().exposure, Exposure::loopback);
}

TEST(ListenerLimit, HidesNothingUpToTheLimit) {
  ListenerSample sample;
  for (std::uint16_t port = 1; port <= 20; ++port) {
    sample.listeners.push_back(listener(port, Exposure::wildcard));
    sample.groups.push_back(group(Protocol::tcp, port, Exposure::wildcard));
  }
  const auto limited = limit_listeners(sample, 20);
  EXPECT_EQ(limited.listeners.size(), 20U);
  EXPECT_EQ(limited.groups.size(), 20U);
  EXPECT_TRUE(limited.hidden.empty());
  EXPECT_EQ(limited.listeners_omitted + limited.tcp_groups_omitted, 0U);
}

TEST(ListenerLimit, ShowsTheRestAsOneRowPerExposure) {
  ListenerSample sample;
  for (std::uint16_t port = 1; port <= 30; ++port) {
    const Exposure exposure = port <= 25   ? Exposure::wildcard
                              : port <= 28 ? Exposure::private_
                                           : Exposure::loopback;
    sample.listeners.push_back(listener(port, exposure, port));
  }
  const auto limited = limit_listeners(sample, 29);
  ASSERT_EQ(limited.hidden.size(), 3U);
  EXPECT_EQ(limited.hidden[0].exposure, Exposure::wildcard);
  EXPECT_EQ(limited.hidden[0].sockets, 23U + 24 + 25);
  EXPECT_EQ(limited.hidden[1].exposure, Exposure::private_);
  EXPECT_EQ(limited.hidden[1].sockets, 26U + 27 + 28);
  EXPECT_EQ(limited.hidden[2].exposure, Exposure::loopback);
  EXPECT_EQ(limited.hidden[2].sockets, 29U + 30);
  EXPECT_EQ(limited.listeners_omitted, 8U);
}

Listener listener_in(NamespaceIndex netns, std::uint16_t port, Exposure exposure) {
  Listener row = listener(port, exposure);
  row.key.identity.netns = netns;
  return row;
}

TEST(ListenerLimit, ShowsTheHostsBeforeOthersOfTheSameReach) {
  ListenerSample sample;
  sample.namespaces = {"host", "other", "blue"};
  sample.listeners = {listener_in(2, 1, Exposure::private_), listener_in(1, 2, Exposure::private_),
                      listener_in(0, 9, Exposure::private_), listener_in(2, 8, Exposure::wildcard)};
  const auto limited = limit_listeners(sample, 100);
  EXPECT_EQ(ports(limited), (std::vector<std::uint16_t>{8, 9, 1, 2}));
  EXPECT_EQ(limited.namespaces, sample.namespaces);
}

TEST(ListenerLimit, HidesTheHostsApartFromAllOthers) {
  ListenerSample sample;
  sample.namespaces = {"host", "other", "blue", "green"};
  for (std::uint16_t port = 1; port <= 30; ++port) {
    for (NamespaceIndex netns = 0; netns < 4; ++netns) {
      for (const auto exposure : {Exposure::wildcard, Exposure::loopback}) {
        sample.listeners.push_back(listener_in(netns, port, exposure));
      }
    }
  }
  const auto limited = limit_listeners(sample, 20);
  EXPECT_EQ(limited.listeners.size(), 6U);
  ASSERT_EQ(limited.hidden.size(), 4U);
  EXPECT_EQ(limited.hidden[0].netns, kOwnNamespace);
  EXPECT_EQ(limited.hidden[0].sockets, 30U - 6);
  EXPECT_EQ(limited.hidden[1].sockets, 30U);
  EXPECT_EQ(limited.hidden[2].netns, kOtherNamespace);
  EXPECT_EQ(limited.hidden[2].sockets, 90U);
  EXPECT_EQ(limited.hidden[3].sockets, 90U);
}

TEST(ListenerLimit, CountsHiddenGroupsByProtocol) {
  ListenerSample sample;
  for (std::uint16_t port = 1; port <= 30; ++port) {
    sample.groups.push_back(group(Protocol::tcp, port, Exposure::wildcard));
    sample.groups.push_back(group(Protocol::udp, port, Exposure::loopback));
  }
  const auto limited = limit_listeners(sample, 40);
  EXPECT_EQ(limited.groups.size(), 40U);
  EXPECT_EQ(limited.tcp_groups_omitted, 0U);
  EXPECT_EQ(limited.udp_groups_omitted, 20U);
}

TEST(ListenerLimit, NeverShowsMoreRowsAndLosesNoSocket) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    ListenerSample sample;
    std::uint64_t sockets = 0;
    const std::size_t size = random() % 120;
    for (std::size_t i = 0; i < size; ++i) {
      const auto exposure = static_cast<Exposure>(random() % kExposureNames.size());
      sample.listeners.push_back(
          listener(static_cast<std::uint16_t>(random() % 5000), exposure, 1 + random() % 5));
      sample.listeners.back().key.identity.netns = static_cast<NamespaceIndex>(random() % 40);
      sockets += sample.listeners.back().sockets;
    }
    const std::size_t limit = 20 + random() % 60;
    const auto limited = limit_listeners(sample, limit);
    EXPECT_LE(limited.listeners.size() + limited.hidden.size(), limit);
    EXPECT_EQ(limited.listeners.size() + limited.listeners_omitted, size);
    for (const Listener& row : limited.listeners) sockets -= row.sockets;
    for (const HiddenListeners& row : limited.hidden) sockets -= row.sockets;
    EXPECT_EQ(sockets, 0U);
  }
}

}  // namespace
}  // namespace sockwatch
