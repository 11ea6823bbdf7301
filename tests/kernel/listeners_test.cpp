// Listeners over time: UDP ages, groups, queues, drops, events.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>

#include "kernel/sampled.h"
#include "support/eventually.h"
#include "support/ss.h"
#include "support/tcp_pairs.h"

namespace sockwatch::test {
namespace {

constexpr const char* kListeners = "sockwatch_listener_sockets";

using Listeners = Sampled;

TEST_F(Listeners, OfUdpAreServersNotClients) {
  const TestSocket server = udp_bind("127.0.0.1", 5353);
  const TestSocket client = udp_sendto("127.0.0.1", 5353);
  const TestSocket any_port = udp_bind("127.0.0.1", 0);
  const TestSocket connected = udp_connect("127.0.0.1", 5353);
  const TestSocket both = udp_bind_connect("127.0.0.1", 4000, "127.0.0.1", 5353);
  const Exposition seen = sample();
  EXPECT_EQ(seen.sum(kListeners), 1);
  EXPECT_EQ(seen.value(kListeners, {{"port", "5353"}, {"protocol", "udp"}}), 1);
}

TEST_F(Listeners, OfUdpInTheEphemeralRangeMustBeOld) {
  const TestSocket resolver = udp_bind("127.0.0.1", 45000);
  EXPECT_EQ(sample().sum(kListeners), 0);
  EXPECT_EQ(sample().sum(kListeners), 0) << "5 s";
  EXPECT_EQ(sample().sum(kListeners), 1) << "10 s";
}

TEST_F(Listeners, ThatShareAPortAreOneRow) {
  std::vector<TestSocket> group;
  for (int i = 0; i < 5; ++i) {
    group.push_back(tcp_listen("127.0.0.1", 8080, {.backlog = 10, .reuseport = true}));
  }
  const Exposition seen = sample();
  EXPECT_EQ(seen.value(kListeners, {{"port", "8080"}}), 5);
  EXPECT_EQ(seen.value("sockwatch_listener_accept_queue_limit", {{"port", "8080"}}), 50);
}

TEST_F(Listeners, ShowTheirQueueAndCountItsOverflows) {
  const TestSocket listener = tcp_listen("127.0.0.1", 8080, {.backlog = 2});
  sample();
  std::vector<TcpPair> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(tcp_unaccepted(listener));
  const TestSocket refused = tcp_syn_sent(listener);
  const Exposition seen = sample();
  const Labels port = {{"port", "8080"}};
  EXPECT_EQ(seen.value("sockwatch_listener_accept_queue", port), 3);
  EXPECT_EQ(seen.value("sockwatch_listener_accept_queue_limit", port), 2);
  EXPECT_GE(seen.value("sockwatch_listener_accept_drops_total", port).value_or(0), 1);
  EXPECT_EQ(seen.sum("sockwatch_unowned_sockets", {{"cause", "unaccepted"}}), 3);
}

TEST_F(Listeners, CountDatagramsThatFoundNoRoom) {
  const TestSocket server = udp_bind("127.0.0.1", 5353);
  const int small = 1;
  ASSERT_EQ(::setsockopt(server.fd.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
  const Labels port = {{"port", "5353"}};
  EXPECT_EQ(sample().value("sockwatch_udp_receive_drops_total", port), 0);
  const TestSocket client = udp_connect("127.0.0.1", 5353);
  const std::string datagram(1000, 'x');
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(::send(client.fd.get(), datagram.data(), datagram.size(), 0), 1000);
  }
  const double drops = sample().value("sockwatch_udp_receive_drops_total", port).value_or(-1);
  EXPECT_GT(drops, 0);
  EXPECT_LT(drops, 50);
  EXPECT_EQ(sample().value("sockwatch_udp_receive_drops_total", port), drops);
}

TEST_F(Listeners, AppearAtOnceAndGoAfterTwoAbsences) {
  sample();
  {
    const TestSocket listener = tcp_listen("127.0.0.1", 8080);
    EXPECT_EQ(sample_listeners().sum(kListeners), 1);
    ASSERT_EQ(sampler().events().size(), 1U);
    EXPECT_EQ(sampler().events()[0].kind, ListenerEvent::Kind::appeared);
  }
  EXPECT_EQ(sample_listeners().sum(kListeners), 1);
  EXPECT_EQ(sample_listeners().sum(kListeners), 0);
  ASSERT_EQ(sampler().events().size(), 2U);
  EXPECT_EQ(sampler().events()[1].kind, ListenerEvent::Kind::gone);
}

TEST_F(Listeners, WithoutAProcessOfTheKernel) {
  netns().add_vxlan(4789);
  const Exposition seen = sample();
  const Labels port = {{"port", "4789"}, {"protocol", "udp"}, {"process", ""}};
  EXPECT_EQ(seen.sum(kListeners, port), 1);
  // `kernel`, but where not even root may read every process's descriptors.
  EXPECT_EQ(seen.sum("sockwatch_unowned_sockets", {{"cause", "kernel"}}) +
                seen.sum("sockwatch_unowned_sockets", {{"cause", "unreadable"}}),
            1);
}

TEST_F(Listeners, AsSsShowsThem) {
  const TestSocket a = tcp_listen("0.0.0.0", 80);
  const TestSocket b = tcp_listen("::1", 81);
  const TestSocket c = tcp_listen("::", 82);
  const TestSocket d = tcp_listen("127.0.0.1", 83, {.backlog = 7});
  const Exposition seen = sample();
  const auto rows = ss("-tl");
  EXPECT_EQ(seen.sum(kListeners), static_cast<double>(rows.size()));
  for (const SsRow& row : rows) {
    const Labels port = {{"port", row.local_port}};
    EXPECT_EQ(seen.value("sockwatch_listener_accept_queue_limit", port), row.send_queue);
    EXPECT_EQ(seen.value("sockwatch_listener_accept_queue", port), row.recv_queue);
  }
}

}  // namespace
}  // namespace sockwatch::test
