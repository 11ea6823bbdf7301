#include "http/clients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sockwatch::http {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// Clients that remember in which order they were closed.
class ClientsTest : public testing::Test {
 protected:
  struct Fake final : Client {
    Fake(std::string own_name, std::uint64_t body_version, std::vector<std::string>& closed_names)
        : name(std::move(own_name)), sending(body_version), closed(closed_names) {}
    void close() override { closed.push_back(name); }
    std::uint64_t version() const override { return sending; }

    std::string name;
    std::uint64_t sending;
    std::vector<std::string>& closed;
  };

  Client& add(const std::string& name, Phase phase = Phase::reading, std::uint64_t version = 0) {
    const auto client = std::make_shared<Fake>(name, version, closed_);
    clients_.join(client, now_);
    if (phase != Phase::reading) clients_.move(*client, phase, now_);
    return *client;
  }

  std::vector<std::string> drop_all() {
    while (clients_.drop_least_worthy()) {
    }
    return closed_;
  }

  std::vector<std::string> closed_;
  MonotonicTime now_{};
  // Of draining, reading, idle and writing.
  Clients clients_{{milliseconds(1), milliseconds(10), milliseconds(100), milliseconds(30)}};
};

TEST_F(ClientsTest, GivesUpTheLeastWorthyPhaseFirstAndTheOldestWithinIt) {
  add("writer", Phase::writing);
  add("idle 1", Phase::idle);
  add("reader 1");
  add("idle 2", Phase::idle);
  add("reader 2");
  add("drainer", Phase::draining);
  EXPECT_THAT(drop_all(),
              ElementsAre("drainer", "reader 1", "reader 2", "idle 1", "idle 2", "writer"));
  EXPECT_EQ(clients_.size(), 0U);
  EXPECT_FALSE(clients_.drop_least_worthy());
}

TEST_F(ClientsTest, CountAsNewInAPhaseTheyEnterAgain) {
  Client& first = add("first", Phase::idle);
  add("second", Phase::idle);
  clients_.move(first, Phase::writing, now_);
  clients_.move(first, Phase::idle, now_);
  EXPECT_THAT(drop_all(), ElementsAre("second", "first"));
}

TEST_F(ClientsTest, AreDroppedAtTheDeadlineOfTheirPhaseAndNotBefore) {
  add("reader");
  add("writer", Phase::writing);
  add("idle", Phase::idle);
  clients_.drop_overdue(now_ + milliseconds(9));
  EXPECT_THAT(closed_, IsEmpty());
  clients_.drop_overdue(now_ + milliseconds(10));
  EXPECT_THAT(closed_, ElementsAre("reader"));
  clients_.drop_overdue(now_ + milliseconds(99));
  EXPECT_THAT(closed_, ElementsAre("reader", "writer"));
  clients_.drop_overdue(now_ + milliseconds(100));
  EXPECT_THAT(closed_, ElementsAre("reader", "writer", "idle"));
}

TEST_F(ClientsTest, GetANewDeadlineWithEachPhase) {
  Client& client = add("client");
  clients_.move(client, Phase::writing, now_ + milliseconds(9));
  clients_.drop_overdue(now_ + milliseconds(38));
  EXPECT_THAT(closed_, IsEmpty());
  clients_.drop_overdue(now_ + milliseconds(39));
  EXPECT_THAT(closed_, ElementsAre("client"));
}

TEST_F(ClientsTest, AreClosedOnce) {
  const auto client = std::make_shared<Fake>("client", 0, closed_);
  clients_.join(client, now_);
  clients_.drop(*client);
  clients_.drop(*client);
  clients_.move(*client, Phase::idle, now_);
  EXPECT_THAT(drop_all(), ElementsAre("client"));
  EXPECT_EQ(clients_.size(), 0U);
}

TEST_F(ClientsTest, KeepAtMostTwoOldVersionsAlive) {
  add("v1", Phase::writing, 1);
  add("v2", Phase::writing, 2);
  add("constant", Phase::writing, 0);
  add("v1 again", Phase::writing, 1);
  clients_.note_version(3);
  EXPECT_THAT(closed_, IsEmpty());
  add("v3", Phase::writing, 3);
  clients_.note_version(4);
  EXPECT_THAT(closed_, ElementsAre("v1", "v1 again"));
  clients_.note_version(5);
  EXPECT_THAT(closed_, ElementsAre("v1", "v1 again"));
}

TEST_F(ClientsTest, ReleaseEveryVersionThatIsTooOldAtOnce) {
  for (std::uint64_t version = 1; version <= 6; ++version) {
    add("v" + std::to_string(version), Phase::writing, version);
  }
  clients_.note_version(6);
  EXPECT_THAT(closed_, ElementsAre("v1", "v2", "v3"));
}

}  // namespace
}  // namespace sockwatch::http
