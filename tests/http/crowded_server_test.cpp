// Many clients, slow clients and hostile clients. Bounds of time are generous, they tell "answers"
// from "hangs".
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "http/client.h"
#include "http/running_server.h"

namespace sockwatch::http {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kPrompt{2000};
constexpr std::size_t kLargeBody = 3'500'000;
constexpr int kSmallBuffer = 4096;
constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
constexpr std::string_view kHalf = "GET / HTTP/1.1\r\nHost: te";

milliseconds duration_of(const std::function<void()>& action) {
  const auto start = Clock::now();
  action();
  return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}

void expect_prompt_answers(const RunningServer& server) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_LT(duration_of([&] { EXPECT_TRUE(get(server.url(), "/")); }), kPrompt);
  }
}

class CrowdedServer : public testing::Test {
 protected:
  void SetUp() override {
    rlimit descriptors{};
    ::getrlimit(RLIMIT_NOFILE, &descriptors);
    if (descriptors.rlim_max < 2000) GTEST_SKIP() << "needs 2000 file descriptors";
    descriptors.rlim_cur = descriptors.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &descriptors);
  }

  TestClient& connect(const RunningServer& server, std::string_view bytes = "") {
    clients_.emplace_back(server.url(), kSmallBuffer);
    clients_.back().send(bytes);
    return clients_.back();
  }

  /// Clients that got the first bytes of a body and read no further.
  void stall(const RunningServer& server, int count) {
    for (int i = 0; i < count; ++i) EXPECT_EQ(connect(server, kGet).skip(1), 1U) << i;
  }

  std::vector<TestClient> clients_;
};

TEST_F(CrowdedServer, KeepsAnsweringWith1000IdleConnections) {
  const RunningServer server(always(std::string(70'000, 'x')));
  for (int i = 0; i < 1000; ++i) connect(server);
  expect_prompt_answers(server);
  EXPECT_GE(server.evictions(), 1000 - 512);
}

TEST_F(CrowdedServer, KeepsAnsweringWith1000UnfinishedRequests) {
  const RunningServer server(always("content"));
  for (int i = 0; i < 1000; ++i) connect(server, kHalf);
  expect_prompt_answers(server);
}

TEST_F(CrowdedServer, KeepsAnsweringWith100StalledReaders) {
  const RunningServer server(always(std::string(kLargeBody, 'x')));
  stall(server, 100);
  expect_prompt_answers(server);
  EXPECT_EQ(server.evictions(), 0);
}

TEST_F(CrowdedServer, KeepsAnsweringWithMoreStalledReadersThanItsLimit) {
  const RunningServer server(always(std::string(kLargeBody, 'x')), {.connections = 20});
  stall(server, 60);
  expect_prompt_answers(server);
}

TEST_F(CrowdedServer, StopsPromptlyWith400StalledReaders) {
  RunningServer server(always(std::string(kLargeBody, 'x')));
  stall(server, 400);
  EXPECT_LT(duration_of([&] { server.stop(); }), kPrompt);
}

TEST_F(CrowdedServer, EvictsUnfinishedRequestsBeforeIdleConnections) {
  const RunningServer server(always("content"), {.connections = 8});
  for (int i = 0; i < 4; ++i) connect(server, kGet).receive();
  for (int i = 0; i < 4; ++i) connect(server, kHalf);
  connect(server, kGet).receive();
  EXPECT_TRUE(clients_[4].closed_by_server());
  EXPECT_EQ(server.evictions(), 1);
  for (std::size_t i : {0U, 1U, 2U, 3U, 8U}) EXPECT_TRUE(clients_[i].get("/")) << i;
}

TEST_F(CrowdedServer, EvictsIdleConnectionsBeforeReaders) {
  const RunningServer server(always(std::string(kLargeBody, 'x')), {.connections = 8});
  stall(server, 7);
  connect(server, kGet).receive();
  connect(server, kGet).receive();
  EXPECT_TRUE(clients_[7].closed_by_server());
  EXPECT_EQ(server.evictions(), 1);
  EXPECT_EQ(clients_[0].skip(kLargeBody), kLargeBody);
}

/// Answers each request with a body of the next version and remembers it weakly.
struct Versions {
  Response operator()() {
    Response response;
    response.body = std::make_shared<const std::string>(kLargeBody, 'x');
    response.version = bodies.size() + 1;
    bodies.push_back(response.body);
    return response;
  }

  std::vector<std::weak_ptr<const std::string>> bodies;
};

TEST_F(CrowdedServer, KeepsAtMostTwoOldVersionsAlive) {
  Versions versions;
  RunningServer server([&](const Request&) { return versions(); });
  stall(server, 4);
  EXPECT_LT(clients_[0].skip(kLargeBody), kLargeBody);
  stall(server, 2);
  EXPECT_LT(clients_[2].skip(kLargeBody), kLargeBody);
  EXPECT_EQ(clients_[3].skip(kLargeBody), kLargeBody);
  EXPECT_TRUE(get(server.url(), "/"));
  server.stop();
  ASSERT_EQ(versions.bodies.size(), 7U);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(versions.bodies[i].expired(), i < 4) << i;
}

TEST_F(CrowdedServer, CutsASlowSenderAtTheHeaderDeadline) {
  const RunningServer server(always(""), {.header_deadline = milliseconds(100)});
  TestClient& client = connect(server, "GET /");
  const auto taken = duration_of([&] {
    for (int i = 0; i < 1000 && !client.readable(milliseconds(10)); ++i) client.send("x");
  });
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_GE(taken, milliseconds(80));
  EXPECT_LT(taken, kPrompt);
}

TEST_F(CrowdedServer, CutsASilentClientAtTheHeaderDeadline) {
  const RunningServer server(always(""), {.header_deadline = milliseconds(50)});
  EXPECT_TRUE(connect(server).closed_by_server());
}

TEST_F(CrowdedServer, CutsAnIdleConnectionAtTheIdleDeadline) {
  const RunningServer server(always(""), {.idle_deadline = milliseconds(50)});
  TestClient& client = connect(server, kGet);
  EXPECT_TRUE(client.receive());
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(CrowdedServer, BeginsTheHeaderDeadlineWithTheFirstByteOfARequest) {
  const RunningServer server(always(""), {.header_deadline = milliseconds(50)});
  TestClient& client = connect(server, kGet);
  EXPECT_TRUE(client.receive());
  EXPECT_FALSE(client.readable(milliseconds(400)));  // idle is not reading
  client.send(kHalf);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(CrowdedServer, CutsASlowReaderAtTheWriteDeadline) {
  std::promise<void> released;
  const auto cut = released.get_future();
  const auto whole = std::make_shared<const std::string>(kLargeBody, 'x');
  const RunningServer server(
      [&](const Request&) {
        Response response;
        response.body = std::shared_ptr<const std::string>(
            whole.get(), [&](const std::string*) { released.set_value(); });
        return response;
      },
      {.write_deadline = milliseconds(100)});
  TestClient& client = connect(server, kGet);
  std::size_t read = 0;
  for (int i = 0; i < 1000 && cut.wait_for(milliseconds(5)) != std::future_status::ready; ++i) {
    read += client.receive_some(100).size();
  }
  EXPECT_LT(read + client.skip(kLargeBody), kLargeBody);
}

}  // namespace
}  // namespace sockwatch::http
