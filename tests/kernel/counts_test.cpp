// Every state of TCP and UDP: the daemon's counts, what was made, and ss(8).
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "kernel/sampled.h"
#include "support/population.h"
#include "support/ss.h"

namespace sockwatch::test {
namespace {

using Counts = Sampled;

std::map<std::string, int> counted_states(const Exposition& exposition, const char* protocol,
                                          const char* family) {
  std::map<std::string, int> states;
  for (const Series& series :
       exposition.select("sockwatch_sockets", {{"protocol", protocol}, {"family", family}})) {
    if (series.value > 0) states[series.labels.at("state")] = static_cast<int>(series.value);
  }
  return states;
}

double unowned(const Exposition& exposition, const char* protocol, const char* cause) {
  return exposition.value("sockwatch_unowned_sockets", {{"protocol", protocol}, {"cause", cause}})
      .value_or(-1);
}

TEST_F(Counts, EveryTcpStateInBothFamiliesAsMade) {
  const Population made = make_every_tcp_state();
  const Exposition seen = sample();
  EXPECT_EQ(counted_states(seen, "tcp", "ipv4"), made.states(AF_INET));
  EXPECT_EQ(counted_states(seen, "tcp", "ipv6"), made.states(AF_INET6));
}

TEST_F(Counts, EveryTcpStateAsSsCounts) {
  const Population made = make_every_tcp_state();
  const Exposition seen = sample();
  for (const auto& [family, flag] : {std::pair{"ipv4", "-4"}, std::pair{"ipv6", "-6"}}) {
    auto states = counted_states(seen, "tcp", family);
    states.erase("bound_inactive");  // ss of iproute2 6.1 has no name for it
    EXPECT_EQ(states, count_tcp_states(ss(std::string("-ta ") + flag))) << family;
  }
}

TEST_F(Counts, EveryCauseOfHavingNoProcess) {
  Population made = make_every_tcp_state();
  const Exposition seen = sample();
  auto holders = made.holders();
  EXPECT_EQ(unowned(seen, "tcp", "unaccepted"), holders[Holder::kUnaccepted]);
  EXPECT_EQ(unowned(seen, "tcp", "orphan"), holders[Holder::kOrphan]);
  EXPECT_EQ(unowned(seen, "tcp", "time_wait"), holders[Holder::kTimeWait]);
  EXPECT_EQ(unowned(seen, "tcp", "syn_recv"), holders[Holder::kSynRecv]);
  EXPECT_EQ(seen.sum("sockwatch_process_sockets", {{"protocol", "tcp"}}),
            holders[Holder::kDescriptor]);
}

TEST_F(Counts, AgreeWithASecondSample) {
  const Population made = make_every_tcp_state();
  const Exposition first = sample();
  const Owners& owners = sampler().sampler().collector().owners();
  const std::size_t searches = owners.searches();
  const Exposition second = sample();
  EXPECT_EQ(counted_states(first, "tcp", "ipv4"), counted_states(second, "tcp", "ipv4"));
  EXPECT_EQ(counted_states(first, "tcp", "ipv6"), counted_states(second, "tcp", "ipv6"));
  EXPECT_EQ(owners.searches(), searches)
      << "nothing is new in the second sample, /proc need not be searched";
}

TEST_F(Counts, EveryKindOfUdpSocket) {
  const TestSocket server = udp_bind("127.0.0.1", 5353);
  const TestSocket client = udp_sendto("127.0.0.1", 5353);
  const TestSocket connected = udp_connect("127.0.0.1", 5353);
  const TestSocket both = udp_bind_connect("127.0.0.1", 4000, "127.0.0.1", 5353);
  const TestSocket any_port = udp_bind("127.0.0.1", 0);
  const TestSocket server6 = udp_bind("::1", 5353);
  const TestSocket nowhere = udp_unbound();
  const Exposition seen = sample();
  using States = std::map<std::string, int>;
  EXPECT_EQ(counted_states(seen, "udp", "ipv4"), (States{{"unconnected", 3}, {"connected", 2}}));
  EXPECT_EQ(counted_states(seen, "udp", "ipv6"), (States{{"unconnected", 1}}));
  EXPECT_EQ(ss("-ua").size(), 6U);
}

TEST_F(Counts, ZeroOfEveryStateInAnEmptyNamespace) {
  const Exposition seen = sample();
  EXPECT_EQ(seen.select("sockwatch_sockets", {{"protocol", "tcp"}}).size(), 22U);
  EXPECT_EQ(seen.select("sockwatch_sockets", {{"protocol", "udp"}}).size(), 4U);
  EXPECT_EQ(seen.sum("sockwatch_sockets"), 0);
  EXPECT_EQ(seen.sum("sockwatch_source_up"), 5) << "tcp, udp, unix, packet, raw";
}

TEST_F(Counts, QueuedBytesWithoutListeners) {
  const TestSocket listener = tcp_listen("127.0.0.1");
  const TcpPair pair = tcp_established(listener);
  ASSERT_EQ(::send(pair.client.fd.get(), "12345", 5, 0), 5);
  const TcpPair waiting = tcp_unaccepted(listener);
  const Exposition seen = sample();
  const auto queued = [&](const char* queue) {
    return seen.value("sockwatch_queued_bytes", {{"protocol", "tcp"}, {"queue", queue}});
  };
  EXPECT_EQ(queued("receive"), 5);
  EXPECT_EQ(queued("send"), 0);
}

}  // namespace
}  // namespace sockwatch::test
